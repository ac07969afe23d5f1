// Campaigns are made, changed and taken away; by keyboard alone, too.
import type { Locator, Page } from '@playwright/test'
import { order, settled, signIn, summer } from './dashboard'
import { expect, test } from './test'

// A browser says on its console what the service refused.
test.use({ expectedComplaints: /status of (404|409|422)/ })

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  for (let presses = 0; presses < 80; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${String(target)} cannot be reached by Tab`)
}

test('a campaign is made, changed, deactivated and deleted by keyboard alone', async ({ shop, page }) => {
  test.slow()
  await signIn(page, shop)
  const press = (...keys: string[]) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve())
  /** Opens the menu of the campaign's page, and takes the item of this number. */
  const choose = async (name: string, number: number) => {
    await tabTo(page, button(`Manage ${name}`))
    await press('Enter')
    const items = page.getByRole('menuitem')
    await expect(items.first()).toBeFocused()
    for (let place = 1; place < number; place += 1) {
      await press('ArrowDown')
      await expect(items.nth(place)).toBeFocused()
    }
    await press('Enter')
  }
  const link = (name: string) => page.getByRole('link', { name }).first()
  const button = (name: string) => page.getByRole('button', { name, exact: true })

  // The first Tab offers to skip what every page begins with.
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()

  await tabTo(page, link('New campaign'))
  await press('Enter')
  await expect(page.getByLabel('Name')).toBeFocused()
  await page.keyboard.type('Winter Coats')
  await tabTo(page, page.getByRole('combobox', { name: 'Platform' }))
  await press('Enter', 'ArrowDown', 'Enter')
  await expect(page.getByRole('combobox', { name: 'Platform' })).toHaveValue('TikTok')
  await tabTo(page, page.getByLabel('Cost'))
  await page.keyboard.type('120.50')
  // The link is shown before anything is made.
  await expect(page.getByRole('region', { name: 'Preview' })).toContainText('utm_campaign=TIKTOK_WINTER_COATS_01')
  expect(await shop.sql('select count(*) from campaigns')).toBe('0')
  await press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Winter Coats' })).toBeVisible()
  expect(await shop.sql('select name, platform, tracking_code, cost::numeric(10, 2) from campaigns')).toBe(
    'Winter Coats|tiktok|TIKTOK_WINTER_COATS_01|120.50',
  )

  await choose('Winter Coats', 1)
  await tabTo(page, page.getByLabel('Name'))
  await press('End')
  await page.keyboard.type(' 2')
  await press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Winter Coats 2' })).toBeVisible()

  await choose('Winter Coats 2', 3)
  await expect(page.getByText('Inactive')).toBeVisible()
  expect(await shop.sql('select name, is_active from campaigns')).toBe('Winter Coats 2|f')

  await choose('Winter Coats 2', 4)
  await expect(page.getByRole('dialog')).toContainText('0 conversions')
  await expect(button('Keep')).toBeFocused()
  await press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await choose('Winter Coats 2', 4)
  await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }))
  await press('Enter')
  await expect(page.getByText('No campaigns yet')).toBeVisible()
  expect(await shop.sql('select count(*) from campaigns')).toBe('0')
})

test('what goes with a campaign is counted before it is deleted', async ({ shop, page }) => {
  const { parent } = await summer(shop)
  await signIn(page, shop, '/app/campaigns')
  await page.getByRole('button', { name: 'Actions for Summer Sale' }).click()
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('3 campaigns (2 of them under the chosen)')
  await expect(dialog).toContainText('3 visits')
  await expect(dialog).toContainText('1 conversion, and their revenue in every report')
  await expect(dialog.getByRole('button', { name: 'Delete' })).toBeDisabled()
  await dialog.getByLabel('I want to lose 1 conversion').check()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('Summer Sale deleted')).toBeVisible()
  expect(await shop.sql('select count(*) from campaigns')).toBe('0')
  expect(await shop.sql('select count(*), count(campaign_id) from demo.orders')).toBe('1|0')
  await page.goto(`/app/campaigns/${parent}`)
  await expect(page.getByRole('alert')).toContainText('Not found')
})

test('several campaigns are deactivated, activated and deleted together', async ({ shop, page }) => {
  await summer(shop)
  await shop.campaign('OTHER_01', { name: 'Other post' })
  await signIn(page, shop, '/app/campaigns')
  await page.getByRole('checkbox', { name: 'Choose Summer Dress Reel' }).check()
  await page.getByRole('checkbox', { name: 'Choose Other post' }).check()
  const chosen = page.getByRole('group', { name: 'With the chosen campaigns' })
  await expect(chosen).toContainText('2 chosen')
  await chosen.getByRole('button', { name: 'Deactivate' }).click()
  await expect(page.getByText('2 campaigns deactivated')).toBeVisible()
  const inactive = "select string_agg(name, ', ' order by name) from campaigns where not is_active"
  expect(await shop.sql(inactive)).toBe('Other post, Summer Dress Reel')
  await page.getByRole('combobox', { name: 'State' }).click()
  await page.getByRole('option', { name: 'Inactive' }).click()
  await expect(page).toHaveURL(/active=no/)
  await expect(page.getByText('1–2 of 2')).toBeVisible()
  await page.goto('/app/campaigns')
  await page.getByRole('checkbox', { name: 'Choose all on this page' }).check()
  await chosen.getByRole('button', { name: 'Activate', exact: true }).click()
  await expect(page.getByText('4 campaigns activated')).toBeVisible()
  expect(await shop.sql(inactive)).toBe('')
  // A parent takes its posts with it, chosen or not, and each is counted once.
  await chosen.getByRole('button', { name: 'Delete…' }).click()
  await expect(page.getByRole('dialog')).toContainText('4 campaigns')
  await page.getByLabel('I want to lose 1 conversion').check()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('No campaigns yet')).toBeVisible()
  expect(await shop.sql('select count(*) from campaigns')).toBe('0')
})

test('a post is put under a campaign, and mistakes stand at their field', async ({ shop, page }) => {
  const { parent } = await summer(shop)
  await signIn(page, shop, `/app/campaigns/new?parent=${parent}`)
  await expect(page.getByRole('combobox', { name: 'Under' })).toHaveValue('Summer Sale')
  await page.getByLabel('Name').fill('A third post')
  await page.getByLabel('Tracking code').fill('reel_01')
  const preview = page.getByRole('region', { name: 'Preview' })
  await expect(preview).toContainText('Taken by another campaign')
  await page.getByRole('button', { name: 'Create campaign' }).click()
  await expect(page.getByText('tracking code reel_01 is taken')).toBeVisible()
  await page.getByLabel('Tracking code').fill('THIRD')
  await expect(preview).toContainText('Free')
  await page.getByLabel('Landing page').fill('https://yourstore.com/a page')
  await expect(preview).toContainText('landing_url')
  await page.getByLabel('Landing page').fill('https://yourstore.com/hats?sort=new')
  await expect(preview).toContainText('https://yourstore.com/hats?sort=new&utm_campaign=THIRD')
  await page.getByRole('button', { name: 'Create campaign' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'A third post' })).toBeVisible()
  expect(await shop.sql("select parent_campaign_id, landing_url from campaigns where tracking_code = 'THIRD'")).toBe(
    `${parent}|https://yourstore.com/hats?sort=new`,
  )
})

test('only what was changed is written', async ({ shop, page }) => {
  const { reel } = await summer(shop)
  await signIn(page, shop, `/app/campaigns/${reel}/edit`)
  await expect(page.getByLabel('Name')).toHaveValue('Summer Dress Reel')
  // Meanwhile somebody else books another cost.
  await shop.api('PUT', `/campaigns/${reel}`, { cost: 175 })
  await page.getByLabel('Description').fill('Shot on the beach')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Summer Dress Reel saved')).toBeVisible()
  expect(await shop.sql(`select cost, description from campaigns where id = '${reel}'`)).toBe('175|Shot on the beach')
})

test('a campaign is shared by link, text and QR code', async ({ shop, page, context }) => {
  const { reel } = await summer(shop)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn(page, shop, `/app/campaigns/${reel}`)
  await page.getByRole('button', { name: 'Share' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Link to post')).toHaveValue('https://yourstore.com?utm_campaign=REEL_01')
  await dialog.getByRole('button', { name: 'Copy link' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('https://yourstore.com?utm_campaign=REEL_01')
  await expect(dialog.getByRole('img', { name: 'QR code of the link of Summer Dress Reel' }).locator('svg')).toBeVisible()
  const short = await dialog.getByRole('textbox', { name: 'Short link' }).inputValue()
  expect(short).toBe(`${shop.url}/r/REEL_01`)
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'PNG' }).click()
  expect((await download).suggestedFilename()).toBe('reel-01.png')
})

test('failed attributions are listed and tried again', async ({ shop, page }) => {
  const { reel } = await summer(shop)
  const late = await order(shop, 'nobody', 80)
  // As when the backend told the session beside the order, and crediting failed.
  await shop.sql(`update demo.orders set session_id = null where id = '${late}'`)
  await shop.sql(`insert into campaign_attribution_failures (order_id, session_id, step, sqlstate, message)
    values ('${late}', 'ada', 'convert', '22012', 'division by zero')`)
  await signIn(page, shop, '/app/settings')
  const failures = page.getByRole('region', { name: 'Attribution failures' })
  await expect(failures.last()).toContainText('division by zero')
  await page.getByRole('button', { name: 'Try all again' }).click()
  await expect(page.getByText('1 of 1 resolved')).toBeVisible()
  await expect(page.getByText('None. Every order was credited')).toBeVisible()
  expect(await shop.sql(`select campaign_id from campaign_conversions where order_id = '${late}'`)).toBe(reel)
})

test('the snippet is tested by a click in the shop', async ({ shop, page, context }) => {
  await shop.campaign('TEST_01', { name: 'Test post', landing_url: `${shop.url}/shop/` })
  await signIn(page, shop, '/app/settings')
  await settled(page)
  await expect(page.getByText(`<script defer src="${shop.url}/campaign.js"></script>`)).toBeVisible()
  await page.getByRole('button', { name: 'Test the snippet' }).click()
  const opened = context.waitForEvent('page')
  await page.getByRole('link', { name: 'Open the shop' }).click()
  expect((await opened).url()).toContain('utm_campaign=TEST_01')
  await expect(page.getByText('It works.')).toBeVisible()
})
