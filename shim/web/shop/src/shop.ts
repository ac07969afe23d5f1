// The shop's back end: what it sells, and its checkout.
import type { Campaign } from '../../snippet/src'

declare global {
  interface Window {
    campaign?: Campaign
  }
}

export interface Product {
  id: string
  sku: string
  name: string
  price: number
}

export interface Customer {
  id: string
  name: string
  address_id: string
  city: string
  country: string
}

export interface Post {
  id: string
  name: string
  platform: string
  tracking_code: string
}

export interface Catalogue {
  currency: string
  products: Product[]
  customers: Customer[]
  campaigns: Post[]
}

export interface Line {
  product: Product
  quantity: number
}

export interface Order {
  id: string
  order_number: string
  campaign_id: string | null
  subtotal: number
  tax: number
  shipping: number
  total: number
}

type Answer<T> = { success: true; data: T } | { success: false; error: { message: string } }

async function ask<T>(address: string, request?: RequestInit): Promise<T> {
  const response = await fetch(address, request)
  const answer = (await response.json()) as Answer<T>
  if (!answer.success) throw new Error(answer.error.message)
  return answer.data
}

export function catalogue(): Promise<Catalogue> {
  return ask('/shop/catalogue.json')
}

/** Places an order. The session id is all that the shop has to know of campaigns. */
export function placeOrder(customer: Customer, lines: Line[]): Promise<Order> {
  const order = {
    customer_id: customer.id,
    shipping_address_id: customer.address_id,
    items: lines.map(({ product, quantity }) => ({ product_id: product.id, quantity })),
    session_id: window.campaign?.sessionId(),
  }
  const headers = { 'content-type': 'application/json' }
  return ask('/orders', { method: 'POST', headers, body: JSON.stringify(order) })
}
