// The form for a page's <script> tag: attributes are the options, window.campaign is the way to speak to it.
import { type Campaign, start } from '.'

declare global {
  interface Window {
    campaign?: Campaign
  }
}

try {
  const script = document.currentScript as HTMLScriptElement
  // Twice in a page is as good as once. An element of the page may bear the same name.
  if (typeof window.campaign?.sessionId !== 'function') {
    window.campaign = start(Object.assign({ api: new URL('.', script.src).href }, script.dataset))
  }
} catch {
  // The page goes on.
}
