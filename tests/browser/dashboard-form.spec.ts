// Everybody can use it: on a phone, in the dark, with a screen reader.
import { AxeBuilder } from '@axe-core/playwright'
import { devices } from '@playwright/test'
import { pagesOf, settled, signIn, summer } from './dashboard'
import { expect, test } from './test'

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no page has a serious accessibility violation, ${colorScheme}`, async ({ shop, page }) => {
    test.setTimeout(300_000)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const check = async (what: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze()
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      const told = serious.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('\n')}`,
      )
      expect(told, what).toEqual([])
    }
    await page.goto('/')
    await expect(page.getByLabel('Key', { exact: true })).toBeVisible()
    await check('sign-in')
    const made = await summer(shop)
    await signIn(page, shop)
    for (const path of pagesOf(made)) {
      await page.goto(path)
      await settled(page)
      await check(path)
    }
    // What opens over a page.
    await page.goto(`/app/campaigns/${made.reel}`)
    for (const [button, item] of [['Days shown'], ['Share'], ['Your key'], ['Manage'], ['Manage', 'Delete…']]) {
      await page.getByRole('button', { name: button }).first().click()
      if (item !== undefined) await page.getByRole('menuitem', { name: item }).click()
      await expect(page.getByRole(['Manage', 'Your key'].includes(button ?? '') && item === undefined ? 'menu' : 'dialog')).toBeVisible()
      await settled(page)
      await check(`${button ?? ''} ${item ?? ''}`)
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog').or(page.getByRole('menu'))).toHaveCount(0)
    }
  })
}

test('the reader chooses light or dark', async ({ shop, page }) => {
  await signIn(page, shop)
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await ground()
  await page.getByRole('button', { name: 'Use dark colours' }).click()
  await expect(page.getByRole('button', { name: 'Use light colours' })).toBeVisible()
  expect(await ground()).not.toBe(light)
  await page.reload()
  await expect(page.getByRole('button', { name: 'Use light colours' })).toBeVisible()
})

test.describe('on a phone', () => {
  const { viewport, deviceScaleFactor, isMobile, hasTouch } = devices['Pixel 7']
  test.use({ viewport, deviceScaleFactor, isMobile, hasTouch })

  test('every page fits, and the bar at the bottom leads to all of them', async ({ shop, page }) => {
    const made = await summer(shop)
    await shop.campaign('LONG', {
      name: 'A campaign whose name goes on and on without an end '.repeat(3).trim(),
      parent_campaign_id: made.parent,
    })
    await signIn(page, shop)
    for (const path of pagesOf(made)) {
      await page.goto(path)
      await settled(page)
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(beyond, path).toBe(0)
    }
    for (const name of ['Campaigns', 'Orders', 'Settings', 'Overview']) {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).tap()
      await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
    }
  })
})

test.describe('in another language', () => {
  test.use({ locale: 'de-DE' })

  test('numbers are written as the reader writes them', async ({ shop, page }) => {
    const { reel } = await summer(shop)
    await signIn(page, shop, `/app/campaigns/${reel}?tab=conversions`)
    await expect(page.getByRole('region', { name: 'Conversions' }).getByText('300,00 $').first()).toBeVisible()
  })
})

test.describe('when the service is away', () => {
  test.use({ expectedComplaints: /Failed to load resource/ })

  test('it is told, and after it is back all is well', async ({ shop, page }) => {
    await summer(shop)
    await signIn(page, shop)
    await expect(page.locator('svg.recharts-surface').first()).toBeVisible()
    await shop.stop()
    await page.getByText('Campaign tree', { exact: true }).click()
    await expect(page.getByRole('alert')).toContainText('The service cannot be reached', { timeout: 30_000 })
    await shop.start()
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByRole('region', { name: 'Tree of campaigns' })).toContainText('Summer Sale')
  })
})
