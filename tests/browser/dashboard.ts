// What the specs of the dashboard share: a shop that looks like one, and signing in.
import type { Page } from '@playwright/test'
import { expect } from './test'
import type { Shop } from './stage'

/** A browser on a phone; nothing is taken for a bot. */
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1'

const ADA = 'c0000000-0000-4000-8000-000000000001'

/** Signs in by a link, and goes to a page. */
export async function signIn(page: Page, shop: Shop, path = '/app', key = shop.key): Promise<void> {
  await page.goto(`/#key=${key}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  if (path !== '/app') await page.goto(path)
}

/** A click on a campaign's link. */
export async function click(shop: Shop, code: string, session: string): Promise<void> {
  await shop.api('POST', '/campaigns/track-visit', {
    tracking_code: code,
    session_id: session,
    landing_page: '/products/summer-dress',
    user_agent: PHONE,
  })
}

/** An order of a session, placed now; its id. */
export async function order(shop: Shop, session: string, total: number): Promise<string> {
  return shop.sql('insert into demo.orders (customer_id, subtotal, total, session_id) values ($1, $2, $2, $3) returning id', [
    ADA,
    total,
    session,
  ])
}

/** A parent with two posts: both were clicked, one of them sold. */
export interface Summer {
  parent: string
  reel: string
  video: string
  order: string
}

export async function summer(shop: Shop): Promise<Summer> {
  const parent = await shop.campaign('SUMMER', { name: 'Summer Sale', platform: 'multi', campaign_type: 'campaign' })
  const child = { parent_campaign_id: parent }
  const reel = await shop.campaign('REEL_01', { ...child, name: 'Summer Dress Reel', cost: 100 })
  const video = await shop.campaign('VIDEO_01', { ...child, name: 'Beach Video', platform: 'tiktok', cost: 250 })
  await click(shop, 'VIDEO_01', 'ada')
  await click(shop, 'REEL_01', 'ada')
  await click(shop, 'VIDEO_01', 'ben')
  return { parent, reel, video, order: await order(shop, 'ada', 300) }
}

/** All pages there are, with what they show. */
export function pagesOf({ parent, reel, order }: Summer): string[] {
  return [
    '/app',
    '/app?view=tree',
    `/app/campaigns/${parent}`,
    `/app/campaigns/${parent}?by=week`,
    `/app/campaigns/${parent}?tab=posts`,
    `/app/campaigns/${reel}?tab=conversions`,
    `/app/campaigns/${reel}?tab=visits`,
    '/app/campaigns',
    '/app/campaigns?view=tree',
    '/app/campaigns/new',
    `/app/campaigns/${reel}/edit`,
    `/app/orders?order=${order}`,
    '/app/settings',
  ]
}

/** Until a page has all it asked for. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
}
