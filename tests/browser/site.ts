// A shop of another origin than the service's, as real shops are: every address answers with the same page.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BrowserContext, expect, type Page } from '@playwright/test'
import { test as base } from './test'
import type { Shop } from './stage'

/** The snippet as bundlers get it. */
const MODULE = new URL('../../shim/web/snippet/dist/index.js', import.meta.url)

/** What was posted to the site itself. */
interface Posted {
  path: string
  body: unknown
}

export class Site {
  /** Attributes of the page's script tag; the test may change them before it loads a page. */
  attributes: Record<string, string> = {}
  /** The form of the snippet that pages carry; `module` is the one for bundlers. */
  form: 'script' | 'module' = 'script'
  readonly posted: Posted[] = []
  readonly #server: Server
  readonly #tracker: string

  constructor(tracker: string) {
    this.#tracker = tracker
    this.#server = createServer((request, response) => {
      void this.#receive(request).then(() => {
        const isModule = request.url === '/pg-campaign-snippet.js'
        response.writeHead(200, { 'content-type': `text/${isModule ? 'javascript' : 'html'}; charset=utf-8` })
        response.end(isModule ? readFileSync(MODULE) : this.#page())
      })
    })
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** Where it is, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`
  }

  async #receive(request: IncomingMessage): Promise<void> {
    if (request.method !== 'POST') return
    let body = ''
    for await (const part of request) body += String(part)
    this.posted.push({ path: request.url ?? '', body: JSON.parse(body) })
  }

  #page(): string {
    const attributes = Object.entries(this.attributes).map(([name, value]) => ` ${name}="${value}"`)
    const script =
      this.form === 'script'
        ? `<script defer src="${this.#tracker}/campaign.js"${attributes.join('')}></script>`
        : `<script type="module">
             import { start } from '/pg-campaign-snippet.js'
             window.campaign = start({ api: '${this.#tracker}/' })
           </script>`
    return `<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,">${script}
      <h1>A shop</h1><a href="#/deep">Deep</a>`
  }
}

/** What pages sent to the service and had answered, in that order: `visit CODE` or `activity`. */
function calls(context: BrowserContext, shop: Shop): string[] {
  const sent: string[] = []
  context.on('response', (response) => {
    const request = response.request()
    const { pathname } = new URL(request.url())
    if (!request.url().startsWith(shop.url) || request.method() !== 'POST') return
    const body = request.postDataJSON() as { tracking_code?: string }
    if (pathname === '/campaigns/track-visit') sent.push(`visit ${body.tracking_code ?? ''}`)
    else if (pathname === '/campaigns/update-activity') sent.push('activity')
    else sent.push(pathname)
  })
  return sent
}

export const test = base.extend<{ site: Site; calls: string[] }>({
  shimArguments: '--allow-origin *',

  site: async ({ shop }, use) => {
    const site = new Site(shop.url)
    await site.open()
    await use(site)
    site.close()
  },

  calls: async ({ context, shop }, use) => {
    await use(calls(context, shop))
  },
})

/** Every visit: the session's number in order of appearance, its touches in their order, as `1:A 2:B*` (`*`: converted). */
export function touches(shop: Shop): Promise<string> {
  return shop.sql(`
    select string_agg(touches, ' / ' order by since)
    from (select min(visited_at) as since,
                 string_agg(c.tracking_code || case when v.converted then '*' else '' end, ' ' order by touch_no) as touches
            from campaign_visits v join campaigns c on c.id = v.campaign_id group by session_id) as sessions`)
}

/** Waits until pages had these calls answered, and no other. Only then is a page done with them. */
export async function expectCalls(calls: string[], expected: string[]): Promise<void> {
  await expect.poll(() => calls).toEqual(expected)
}

/** What the page's snippet says the session is. */
export function sessionId(page: Page): Promise<string | null> {
  return page.evaluate(() => (window as unknown as { campaign: { sessionId(): string | null } }).campaign.sessionId())
}

/** What the browser keeps for the site. */
export function stored(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => Object.fromEntries(Object.entries(localStorage)) as Record<string, string>)
}

/** Waits until the visits are these, and stay so. */
export async function expectTouches(shop: Shop, expected: string): Promise<void> {
  await expect.poll(() => touches(shop)).toBe(expected)
}

export { expect } from '@playwright/test'
