import '@fontsource-variable/inter/wght.css'
import './mantine'
import './styles.css'

import { MantineProvider } from '@mantine/core'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { App } from './App'
import { Notes } from './components/Notes'
import { signInByLink } from './session'
import { theme } from './theme'

signInByLink()
// The same link again, opened in this very tab.
window.addEventListener('hashchange', signInByLink)

if (window.location.pathname === '/') {
  window.history.replaceState(null, '', `/app${window.location.search}`)
}

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <App />
      <Notes />
    </MantineProvider>
  </StrictMode>,
)
