// What the dashboard shows is what the service says, and it asks for little.
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { click, order, pagesOf, settled, signIn, summer } from './dashboard'
import type { Shop } from './stage'
import { expect, test } from './test'

interface Metrics {
  total_visits: number
  unique_visitors: number
  total_conversions: number
  conversion_rate: number | null
  total_revenue: number
  average_order_value: number | null
  profit: number
  roi: number | null
}

const money = (value: number) =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', minimumFractionDigits: 0, maximumFractionDigits: 0 }).format(value)
const count = (value: number) => new Intl.NumberFormat('en-US').format(value)
const percent = (value: number, places: number) =>
  new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: places }).format(value / 100)

function figure(page: Page, name: string) {
  return page.locator(`[data-figure="${name}"]`)
}

async function posts(shop: Shop, query: string): Promise<{ name: string; revenue: number; roi: number | null }[]> {
  return shop.api('GET', `/campaigns/leaderboard?limit=10&${query}`)
}

test('the overview shows the figures of the service', async ({ shop, page }) => {
  await shop.season(3000)
  await signIn(page, shop, '/app?range=all')
  await settled(page)
  const overview = await shop.api<{ metrics: Metrics; platforms: { platform: string; revenue: number }[] }>(
    'GET',
    '/campaigns/analytics/overview',
  )
  const { metrics } = overview
  expect(metrics.total_revenue).toBeGreaterThan(1000)
  await expect(figure(page, 'Revenue')).toHaveText(money(metrics.total_revenue))
  await expect(figure(page, 'Profit')).toHaveText(money(metrics.profit))
  await expect(figure(page, 'Conversions')).toHaveText(count(metrics.total_conversions))
  await expect(figure(page, 'Visits')).toHaveText(count(metrics.total_visits))
  await expect(figure(page, 'Visitors')).toHaveText(count(metrics.unique_visitors))
  await expect(figure(page, 'Conversion rate')).toHaveText(percent(metrics.conversion_rate ?? 0, 2))

  // The post that earned most is named first, and heads the ranking.
  const [best] = await posts(shop, 'metric=revenue')
  await expect(page.getByRole('region', { name: 'The post that earned most' })).toContainText(
    `${best?.name ?? ''} earned the most: ${money(best?.revenue ?? 0)}`,
  )
  const ranking = page.getByRole('region', { name: 'Ranking of posts' }).getByRole('row')
  await expect(ranking.nth(1)).toContainText(best?.name ?? '')
  await page.getByRole('combobox', { name: 'Rank by' }).click()
  await page.getByRole('option', { name: 'By ROI' }).click()
  const [first] = await posts(shop, 'metric=roi')
  await expect(ranking.nth(1)).toContainText(first?.name ?? '')
  await expect(page).toHaveURL(/metric=roi/)

  // The tree's branches add up what is under them.
  const branches = await shop.api<{ name: string; revenue: number; child_count: number }[]>('GET', '/campaigns/tree')
  await page.getByText('Campaign tree', { exact: true }).click()
  const tree = page.getByRole('region', { name: 'Tree of campaigns' }).getByRole('row')
  for (const { name, revenue } of branches) await expect(tree.filter({ hasText: name })).toContainText(money(revenue))
  await expect(tree).toHaveCount(branches.length + 1)
  await page.getByRole('button', { name: `Open ${branches[0]?.name ?? ''}` }).click()
  await expect(tree).toHaveCount(branches.length + 1 + (branches[0]?.child_count ?? 0))
})

test('the days are chosen, stand in the address, and are compared with those before', async ({ shop, page }) => {
  await summer(shop)
  await shop.sql(`update campaign_visits set visited_at = visited_at - interval '7 days', last_activity_at = last_activity_at - interval '7 days'
    where session_id = 'ben'`)
  await signIn(page, shop)
  await page.getByRole('button', { name: 'Days shown' }).click()
  await page.getByRole('button', { name: 'Last 7 days' }).click()
  await expect(page).toHaveURL(/range=7d/)
  await expect(figure(page, 'Visits')).toHaveText('2')
  const visits = page.getByRole('button', { name: /^Visits/ })
  await expect(visits).toContainText('up by')
  await expect(visits).toContainText('100%')
  await page.getByRole('button', { name: 'Days shown' }).click()
  await page.getByRole('switch', { name: 'Compare with the days before' }).click()
  await expect(page).toHaveURL(/compare=no/)
  await expect(visits).not.toContainText('up by')

  // Days of one's own, kept from page to page and by the back button.
  const today = new Date().toISOString().slice(0, 10)
  await page.getByLabel('From').fill(today)
  await page.getByLabel('To', { exact: true }).fill(today)
  await page.getByRole('button', { name: 'Show these days' }).click()
  await expect(page).toHaveURL(new RegExp(`from=${today}&to=${today}`))
  await page.getByRole('link', { name: 'Summer Dress Reel' }).first().click()
  await expect(page).toHaveURL(new RegExp(`/app/campaigns/.*from=${today}&to=${today}`))
  await page.goBack()
  await expect(page).toHaveURL(new RegExp(`/app/?\\?.*from=${today}&to=${today}`))
})

test('each page asks the service at most three times', async ({ shop, page }) => {
  const pages = pagesOf(await summer(shop))
  await signIn(page, shop)
  for (const path of pages) {
    // Away from the page before, which may still ask something.
    await page.goto('/docs/rapidoc.js')
    const asked: string[] = []
    const note = (request: { resourceType(): string; url(): string }) => {
      if (['fetch', 'xhr'].includes(request.resourceType())) asked.push(new URL(request.url()).pathname)
    }
    page.on('request', note)
    await page.goto(path)
    await settled(page)
    page.off('request', note)
    expect(asked.length, `${path} asks ${asked.join(', ')}`).toBeLessThanOrEqual(3)
  }
})

test('a campaign shows which of its posts wins, and whom they share', async ({ shop, page }) => {
  const { parent } = await summer(shop)
  await signIn(page, shop, `/app/campaigns/${parent}`)
  await expect(figure(page, 'Revenue')).toHaveText('$300')
  await expect(figure(page, 'ROI')).toHaveText('-14.3%')
  await expect(figure(page, 'Visitors')).toHaveText('2')
  await page.getByRole('tab', { name: 'Which post wins' }).click()
  await expect(page.getByText('Summer Dress Reel earned the most: $200 after its cost of $100.')).toBeVisible()
  const sideBySide = page.getByRole('region', { name: 'Posts side by side' }).getByRole('row')
  await expect(sideBySide.filter({ hasText: 'Summer Dress Reel' })).toContainText('200%')
  await expect(sideBySide.filter({ hasText: 'Beach Video' })).toContainText('-100%')
  // Ben saw the video only; of its two visitors one came by the reel, too.
  const common = page.getByRole('region', { name: 'Common visitors' }).getByRole('row')
  await expect(common.filter({ hasText: '2 visitors' })).toContainText('50.0%')
  await expect(common.filter({ hasText: '1 visitors' })).toContainText('100.0%')
})

test('an order tells which clicks led to it, and why one got the credit', async ({ shop, page }) => {
  const { reel, order: placed } = await summer(shop)
  await signIn(page, shop, `/app/campaigns/${reel}?tab=conversions`)
  await page.getByRole('region', { name: 'Conversions' }).getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`order=${placed}`))
  await expect(page.getByRole('region', { name: 'The order', exact: true })).toContainText('Summer Dress Reel')
  await expect(page.getByRole('region', { name: 'The order', exact: true })).toContainText('$300.00')
  const clicks = page.getByRole('region', { name: 'The way to the order' }).getByRole('listitem')
  await expect(clicks).toHaveCount(3)
  await expect(clicks.nth(0)).toContainText('Beach Video')
  await expect(clicks.nth(0)).toContainText('the last live click wins')
  await expect(clicks.nth(1)).toContainText('Gets the credit')

  const uncredited = await order(shop, 'nobody', 50)
  await page.getByLabel('Order id').fill(uncredited)
  await page.getByRole('button', { name: 'Look up' }).click()
  await expect(page.getByText('No campaign is credited with this order')).toBeVisible()
})

test('who is in the shop now is counted', async ({ shop, page }) => {
  await summer(shop)
  await signIn(page, shop)
  await page.getByRole('button', { name: /visitors now/ }).click()
  const now = page.getByRole('dialog', { name: 'Visitors now' }).getByRole('row')
  await expect(now.filter({ hasText: 'Beach Video' })).toContainText('2')
  await expect(now.filter({ hasText: 'Summer Dress Reel' })).toContainText('1')
  await click(shop, 'REEL_01', 'cleo')
  expect((await shop.api<{ visitors: number }[]>('GET', '/campaigns/live')).map(({ visitors }) => visitors)).toEqual([2, 2])
})

test('lists and charts are taken home', async ({ shop, page }) => {
  const { reel, order: placed } = await summer(shop)
  await signIn(page, shop, `/app/campaigns/${reel}`)
  const saved = async (act: () => Promise<void>) => {
    const download = page.waitForEvent('download')
    await act()
    const file = await download
    return { name: file.suggestedFilename(), content: await readFile(await file.path()) }
  }
  await expect(page.locator('svg.recharts-surface').first()).toBeVisible()
  const choose = async (item: string) => {
    await page.getByRole('button', { name: 'Chart options' }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  const picture = await saved(() => choose('Save as PNG'))
  expect(picture.name).toMatch(/^revenue-.*\.png$/)
  expect(picture.content.subarray(1, 4).toString()).toBe('PNG')
  expect(picture.content.length).toBeGreaterThan(5_000)
  const sheet = await saved(() => choose('Save as CSV'))
  expect(sheet.content.toString().trim().split('\r\n').at(-1)).toMatch(/,300$/)
  await choose('Show as table')
  await expect(page.getByRole('region', { name: 'Revenue as a table' }).getByRole('row').last()).toContainText('$300.00')

  await page.getByRole('tab', { name: 'Conversions' }).click()
  const conversions = await saved(() => page.getByRole('button', { name: 'Save as CSV' }).click())
  expect(conversions.content.toString()).toContain(placed)
})

test('without campaigns it says what to do', async ({ shop, page }) => {
  await signIn(page, shop)
  await expect(page.getByText('Your first campaign starts here')).toBeVisible()
  await page.getByRole('link', { name: 'New campaign' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'New campaign' })).toBeVisible()
})

test('what cannot be known is a dash, and a loss is a loss', async ({ shop, page }) => {
  const free = await shop.campaign('FREE', { name: 'Free post', cost: 0 })
  const loss = await shop.campaign('LOSS', { name: 'Dear post', cost: 500 })
  await signIn(page, shop, `/app/campaigns/${free}`)
  await expect(figure(page, 'ROI')).toHaveText('–')
  await expect(figure(page, 'Conversion rate')).toHaveText('–')
  await page.goto(`/app/campaigns/${loss}`)
  await expect(figure(page, 'ROI')).toHaveText('-100%')
  await expect(figure(page, 'Profit')).toHaveText('-$500')
  await page.goto('/app')
  await expect(page.getByText('No post has earned money in these days.')).toBeVisible()
})

test('thousands of campaigns are paged, searched and ranked', async ({ shop, page }) => {
  await shop.sql(`select count(campaign_create('Post number ' || n || ' ' || repeat('of a very long name ', 8), 'tiktok', 'video', cost => n))
    from generate_series(1, 3000) n`)
  await signIn(page, shop, '/app/campaigns')
  await expect(page.getByText('1–25 of 3,000')).toBeVisible()
  await page.getByRole('button', { name: 'Page 2', exact: true }).click()
  await expect(page.getByText('26–50 of 3,000')).toBeVisible()
  await expect(page).toHaveURL(/page=2/)
  await page.getByLabel('Search campaigns').fill('number 2999 ')
  await expect(page.getByText('1–1 of 1')).toBeVisible()
  await expect(page).toHaveURL(/search=number\+2999/)
  await page.reload()
  await expect(page.getByLabel('Search campaigns')).toHaveValue('number 2999')
  await expect(page.getByText('1–1 of 1')).toBeVisible()
  await page.getByLabel('Search campaigns').fill('no such campaign')
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await expect(page.getByText('1–25 of 3,000')).toBeVisible()
  await page.goto('/app/campaigns?view=tree')
  await page.getByRole('button', { name: 'Show more' }).click()
  await expect(page.getByRole('region', { name: 'Tree of campaigns' }).getByRole('row')).toHaveCount(401)
})
