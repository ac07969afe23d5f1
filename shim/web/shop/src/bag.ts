// What the visitor is about to buy: quantities by the product's SKU. Survives a click on a campaign's link.
import type { Line, Product } from './shop'

const KEY = 'harbour_bag'
const MOST = 20

let quantities: Record<string, number> = {}
try {
  quantities = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, number>
} catch {
  // An empty bag, then.
}

function keep(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(quantities))
  } catch {
    // It lasts as long as the page.
  }
}

export function lines(products: Product[]): Line[] {
  return products
    .map((product) => ({ product, quantity: quantities[product.sku] ?? 0 }))
    .filter(({ quantity }) => quantity > 0)
}

export function count(): number {
  return Object.values(quantities).reduce((sum, quantity) => sum + quantity, 0)
}

export function put(product: Product, quantity: number): void {
  quantities[product.sku] = Math.max(0, Math.min(MOST, quantity))
  keep()
}

export function add(product: Product): void {
  put(product, (quantities[product.sku] ?? 0) + 1)
}

export function empty(): void {
  quantities = {}
  keep()
}
