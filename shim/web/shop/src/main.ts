import './style.css'
import * as bag from './bag'
import { byId, make } from './dom'
import { panel } from './panel'
import { catalogue as loadCatalogue, type Catalogue, type Order } from './shop'
import * as views from './views'

const main = byId('content')

function begin(catalogue: Catalogue): void {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency: catalogue.currency })
  let order: Order | undefined

  const page: views.Page = {
    catalogue,
    money: (amount) => format.format(amount),
    go: (address) => {
      history.pushState(null, '', address)
      show()
      scrollTo(0, 0)
      main.focus({ preventScroll: true })
    },
    refresh: () => {
      const label = document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent
      show()
      // What was focused is another element now.
      for (const button of main.querySelectorAll('button')) {
        if (label && (button.getAttribute('aria-label') ?? button.textContent) === label) button.focus()
      }
    },
    say: (words) => {
      byId('status').textContent = words
    },
    bought: (placed) => {
      order = placed
      bag.empty()
      page.go('/shop/thanks')
    },
  }

  const view = (): HTMLElement[] => {
    const path = location.pathname.replace(/^\/shop\/?/, '').replace(/\/$/, '')
    if (path === '') return views.products(page)
    if (path === 'cart') return views.cart(page)
    if (path === 'thanks' && order) return views.thanks(page, order)
    const product = catalogue.products.find((product) => views.addressOf(product) === `/shop/${path}`)
    return product ? views.product(page, product) : views.nothing()
  }

  const show = (): void => {
    main.replaceChildren(...view())
    byId('panel').replaceChildren(...panel(catalogue, order))
    const count = byId('count')
    count.hidden = bag.count() === 0
    count.textContent = String(bag.count())
    const title = main.querySelector('h1')?.textContent
    document.title = title ? `${title} · Harbour Linen` : 'Harbour Linen'
  }

  // Links within the shop show another view; links of posts load the page, as they would from an app.
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const { origin, pathname, search, hash } = new URL(link.href)
    if (origin !== location.origin || !/^\/shop(\/|$)/.test(pathname) || search || hash) return
    event.preventDefault()
    page.go(pathname)
  })
  addEventListener('popstate', show)
  show()
}

loadCatalogue().then(begin, (error: unknown) => {
  const why = error instanceof Error ? error.message : String(error)
  main.replaceChildren(make('h1', {}, 'The shop is closed'), make('p', {}, `Its catalogue could not be read: ${why}.`))
})
