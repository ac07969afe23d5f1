// The shop's pages: all products, one product, the bag, and the thanks for an order.
import * as bag from './bag'
import { make } from './dom'
import { picture } from './pictures'
import { type Catalogue, type Order, placeOrder, type Product } from './shop'

/** What a view may ask of the page around it. */
export interface Page {
  catalogue: Catalogue
  money(amount: number): string
  /** Shows another view, without loading a page. */
  go(address: string): void
  /** Shows this view anew. */
  refresh(): void
  /** Tells those who do not see the page. */
  say(words: string): void
  /** Takes note of an order. */
  bought(order: Order): void
}

export function addressOf(product: Product): string {
  return `/shop/products/${product.sku.toLowerCase()}`
}

export function products(page: Page): HTMLElement[] {
  const cards = page.catalogue.products.map((product, no) =>
    make(
      'li',
      {},
      make(
        'a',
        { class: 'card', href: addressOf(product) },
        picture(product.sku, no),
        make('span', { class: 'name' }, product.name),
        make('span', { class: 'price' }, page.money(product.price)),
      ),
    ),
  )
  return [
    make(
      'div',
      { class: 'hero' },
      make('h1', {}, 'Made for the shore'),
      make('p', {}, 'Linen, cotton and a little salt. This shop is an example: nothing is sent, nothing is charged.'),
    ),
    make('ul', { class: 'grid' }, ...cards),
  ]
}

export function product(page: Page, shown: Product): HTMLElement[] {
  const no = page.catalogue.products.indexOf(shown)
  return [
    make('p', {}, make('a', { class: 'back', href: '/shop/' }, '← All products')),
    make(
      'article',
      { class: 'product' },
      picture(shown.sku, no),
      make(
        'div',
        { class: 'about' },
        make('h1', {}, shown.name),
        make('p', { class: 'price' }, page.money(shown.price)),
        make('p', {}, 'Woven in small runs, washed soft, ready for sun and sea.'),
        make(
          'button',
          {
            class: 'main',
            type: 'button',
            onclick: () => {
              bag.add(shown)
              page.refresh()
              page.say(`${shown.name} is in your bag.`)
            },
          },
          'Put in the bag',
        ),
        bag.count() ? make('p', {}, make('a', { href: '/shop/cart' }, 'Go to your bag →')) : null,
      ),
    ),
  ]
}

export function cart(page: Page): HTMLElement[] {
  const lines = bag.lines(page.catalogue.products)
  if (!lines.length) {
    return [
      make('h1', {}, 'Your bag is empty'),
      make('p', {}, make('a', { href: '/shop/' }, 'Look at what there is →')),
    ]
  }
  const rows = lines.map(({ product, quantity }) => {
    const change = (by: number, sign: string, words: string) =>
      make(
        'button',
        {
          type: 'button',
          'aria-label': `${words} ${product.name}`,
          onclick: () => {
            bag.put(product, quantity + by)
            page.refresh()
          },
        },
        sign,
      )
    return make(
      'li',
      {},
      picture(product.sku, page.catalogue.products.indexOf(product)),
      make('a', { href: addressOf(product) }, product.name),
      make(
        'span',
        { class: 'quantity' },
        change(-1, '−', 'One less of'),
        make('span', { 'data-quantity': true }, String(quantity)),
        change(1, '+', 'One more of'),
      ),
      make('span', { class: 'price' }, page.money(product.price * quantity)),
    )
  })
  const subtotal = lines.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)
  const customers = make(
    'select',
    { id: 'customer' },
    ...page.catalogue.customers.map(({ name, city, country }, no) =>
      make('option', { value: String(no) }, `${name}, ${city} (${country})`),
    ),
  )
  const trouble = make('p', { class: 'trouble', role: 'alert' })
  const buy = make('button', { class: 'main', type: 'submit' }, 'Place the order')
  const checkOut = async (): Promise<void> => {
    const customer = page.catalogue.customers[Number(customers.value)]
    if (!customer) return
    buy.disabled = true
    trouble.textContent = ''
    try {
      page.bought(await placeOrder(customer, lines))
    } catch (error) {
      buy.disabled = false
      trouble.textContent = `The order was not placed: ${error instanceof Error ? error.message : String(error)}.`
    }
  }
  return [
    make('h1', {}, 'Your bag'),
    make('ul', { class: 'lines' }, ...rows),
    make(
      'form',
      {
        class: 'checkout',
        onsubmit: (event) => {
          event.preventDefault()
          void checkOut()
        },
      },
      make('p', { class: 'sum' }, make('span', {}, 'Subtotal'), make('strong', {}, page.money(subtotal))),
      make('label', { for: 'customer' }, 'You are'),
      customers,
      buy,
      trouble,
    ),
  ]
}

export function thanks(page: Page, order: Order): HTMLElement[] {
  const row = (what: string, amount: number) => [make('dt', {}, what), make('dd', {}, page.money(amount))]
  return [
    make('h1', {}, 'Thank you'),
    make('p', {}, 'Your order is ', make('strong', { id: 'order-number' }, order.order_number), '.'),
    make(
      'dl',
      { class: 'totals' },
      ...row('Goods', order.subtotal),
      ...row('Tax', order.tax),
      ...row('Shipping', order.shipping),
      ...row('Total', order.total),
    ),
    make('p', {}, make('a', { href: '/shop/' }, 'Look around some more →')),
  ]
}

export function nothing(): HTMLElement[] {
  return [make('h1', {}, 'There is no such page'), make('p', {}, make('a', { href: '/shop/' }, 'To the shop →'))]
}
