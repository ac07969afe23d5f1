import { AxeBuilder } from '@axe-core/playwright'
import { devices, type Page } from '@playwright/test'
import { expect, test } from './test'
import type { Shop } from './stage'

/** A parent with two posts. */
async function summer(shop: Shop): Promise<{ parent: string; reel: string; video: string }> {
  const parent = await shop.campaign('SUMMER_2024', { name: 'Summer 2024 Sale', platform: 'multi', campaign_type: 'campaign' })
  const child = { parent_campaign_id: parent, cost: 250 }
  const reel = await shop.campaign('INSTA_SUMMER_DRESS_01', { ...child, name: 'Summer Dress Reel' })
  const video = await shop.campaign('TT_SUMMER_01', { ...child, name: 'Beach Video', platform: 'tiktok' })
  return { parent, reel, video }
}

async function buy(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('link', { name: 'Summer Dress' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Summer Dress')
  await page.getByRole('button', { name: 'Put in the bag' }).click()
  await page.getByRole('link', { name: 'Bag' }).first().click()
  await page.getByRole('button', { name: 'One more of Summer Dress' }).click()
  await expect(page.getByText('$300.00').first()).toBeVisible()
  await page.getByRole('button', { name: 'Place the order' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Thank you')
}

interface Analytics {
  metrics: Record<string, number>
  children: { id: string; visits: number; conversions: number; revenue: number; roi: number }[]
}

test('from a post to a purchase to ROI', async ({ shop, page }) => {
  const { parent, reel, video } = await summer(shop)
  await page.goto('/shop/')
  await expect(page.locator('#session')).toContainText('none')

  // The visitor comes by one post, later by the other, looks around, and buys two dresses.
  await page.getByRole('link', { name: 'Beach Video' }).click()
  await expect(page).toHaveURL(/utm_campaign=TT_SUMMER_01/)
  await expect.poll(() => shop.sql('select count(*) from campaign_visits')).toBe('1')
  await page.getByRole('link', { name: 'Summer Dress Reel' }).click()
  await expect(page).toHaveURL(/utm_campaign=INSTA_SUMMER_DRESS_01/)
  await expect.poll(() => shop.sql('select count(*) from campaign_visits')).toBe('2')
  await buy(page)

  const session = await shop.sql('select distinct session_id from campaign_visits')
  await expect(page.locator('#session')).toHaveText(session)
  await expect(page.locator('#credit')).toHaveText('credited to Summer Dress Reel')
  expect(await shop.sql('select order_number, campaign_id, session_id, subtotal from demo.orders')).toBe(
    [await page.locator('#order-number').textContent(), reel, session, '300.00'].join('|'),
  )

  const analytics = await shop.api<Analytics>('GET', `/campaigns/${parent}/analytics?include_children=true`)
  expect(analytics.metrics).toMatchObject({ total_visits: 2, unique_visitors: 1, total_conversions: 1, total_revenue: 300, roi: -40 })
  expect(analytics.children.map(({ id, visits, conversions, revenue, roi }) => ({ id, visits, conversions, revenue, roi }))).toEqual(
    expect.arrayContaining([
      { id: reel, visits: 1, conversions: 1, revenue: 300, roi: 20 },
      { id: video, visits: 1, conversions: 0, revenue: 0, roi: -100 },
    ]),
  )
})

test('an order of somebody who came by no post is credited to none', async ({ shop, page }) => {
  await summer(shop)
  await page.goto('/shop/')
  await buy(page)
  await expect(page.locator('#credit')).toHaveText('credited to no campaign')
  expect(await shop.sql('select count(*), count(campaign_id), count(session_id) from demo.orders')).toBe('1|0|0')
})

test('another visitor is another session', async ({ shop, page }) => {
  await summer(shop)
  for (const visits of ['1', '2']) {
    await page.goto('/shop/?utm_campaign=TT_SUMMER_01')
    await expect.poll(() => shop.sql('select count(distinct session_id) from campaign_visits')).toBe(visits)
    await page.getByRole('button', { name: 'Be another visitor' }).click()
    await expect(page.locator('#session')).toContainText('none')
  }
})

test('two tabs share the bag and the session', async ({ shop, page, context }) => {
  await summer(shop)
  const other = await context.newPage()
  await page.goto('/shop/?utm_campaign=INSTA_SUMMER_DRESS_01')
  await expect.poll(() => shop.sql('select count(*) from campaign_visits')).toBe('1')
  await other.goto('/shop/products/dress-summer')
  await other.getByRole('button', { name: 'Put in the bag' }).click()
  await page.goto('/shop/cart')
  await page.getByRole('button', { name: 'Place the order' }).click()
  await expect(page.locator('#credit')).toHaveText('credited to Summer Dress Reel')
  expect(await shop.sql('select count(*) from campaign_visits where converted')).toBe('1')
})

test('everything can be done by keyboard', async ({ shop, page }) => {
  await summer(shop)
  const press = async (keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await page.goto('/shop/products/hat-straw')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Straw Sun Hat')
  await press(['Tab'])
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await press(['Enter', 'Tab', 'Tab', 'Enter'])
  await expect(page.getByRole('button', { name: 'Put in the bag' })).toBeFocused()
  await press(['Tab'])
  await expect(page.getByRole('link', { name: 'Go to your bag' })).toBeFocused()
  await press(['Enter', 'Tab', 'Tab', 'Tab', 'Enter'])
  await expect(page.getByRole('button', { name: 'One more of Straw Sun Hat' })).toBeFocused()
  await expect(page.locator('[data-quantity]')).toHaveText('2')
  await press(['Tab', 'B', 'Tab', 'Enter'])
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Thank you')
  expect(await shop.sql('select full_name from demo.orders join demo.customers on customers.id = customer_id')).toMatch(/^B/)
  expect(await shop.sql('select quantity from demo.order_lines')).toBe('2')
})

test.describe('with trouble', () => {
  test.use({ expectedComplaints: /422 \(Unprocessable|404 \(Not Found\)/ })

  test('an order that is refused says why', async ({ shop, page }) => {
    await page.goto('/shop/products/hat-straw')
    await page.getByRole('button', { name: 'Put in the bag' }).click()
    await page.goto('/shop/cart')
    await expect(page.getByRole('link', { name: 'Straw Sun Hat' })).toBeVisible()
    await shop.sql("update demo.products set is_active = false where sku = 'HAT-STRAW'")
    await page.getByRole('button', { name: 'Place the order' }).click()
    await expect(page.getByRole('alert')).toContainText('Straw Sun Hat is not for sale any more')
    await expect(page.getByRole('button', { name: 'Place the order' })).toBeEnabled()
  })

  test('a shop without a catalogue says so', async ({ shop, page }) => {
    await shop.sql('drop function demo.catalogue()')
    await page.goto('/shop/')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('The shop is closed')
  })

  test('there are pages that there are not', async ({ page }) => {
    await page.goto('/shop/products/unknown')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such page')
    await page.getByRole('link', { name: 'To the shop' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Made for the shore')
  })
})

const { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch } = devices['Pixel 7']
const phone = { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch }

for (const [name, look] of Object.entries({
  'on a desktop': {},
  'on a desktop in the dark': { colorScheme: 'dark' as const },
  'on a phone': phone,
  'on a phone in the dark': { ...phone, colorScheme: 'dark' as const },
})) {
  test.describe(name, () => {
    test.use(look)

    test('everybody can use every page', async ({ shop, page }, info) => {
      await summer(shop)
      const check = async (view: string) => {
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await page.screenshot({ path: info.outputPath(`${view}.png`) })
        const { violations } = await new AxeBuilder({ page }).analyze()
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(overflow).toBeLessThanOrEqual(0)
      }
      await page.goto('/shop/?utm_campaign=TT_SUMMER_01')
      await check('products')
      await page.getByRole('link', { name: 'Linen Maxi Dress' }).click()
      await check('product')
      await page.getByRole('button', { name: 'Put in the bag' }).click()
      await page.goto('/shop/cart')
      await check('bag')
      await page.getByRole('button', { name: 'Place the order' }).click()
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Thank you')
      await check('thanks')
    })
  })
}
