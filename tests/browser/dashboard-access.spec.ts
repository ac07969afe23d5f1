// Who comes in, and what they see.
import { settled, signIn, summer } from './dashboard'
import { expect, test } from './test'

const made = (name: string, role: string) => ({ name, role })

// A browser says on its console what the service refused.
test.use({ expectedComplaints: /status of 401/ })

test('a link signs in, and its key leaves the address at once', async ({ shop, page }) => {
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(request.url()))
  await signIn(page, shop)
  expect(page.url()).toBe(`${shop.url}/app`)
  expect(addresses.filter((address) => address.includes(shop.key))).toEqual([])

  // The key is the tab's: it outlives a reload, and no other tab has it.
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, ''])
  const other = await page.context().newPage()
  await other.goto('/app/settings')
  await expect(other.getByLabel('Key', { exact: true })).toBeVisible()
})

test('a key is typed in, and a wrong one is refused', async ({ page, shop }) => {
  await page.goto('/')
  const key = page.getByLabel('Key', { exact: true })
  await key.fill('nonsense')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toHaveText('The service does not know this key.')
  await key.fill(shop.key)
  await key.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  await page.getByRole('button', { name: 'Your key' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(key).toBeVisible()
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
})

test('a key revoked meanwhile leads back to the sign-in', async ({ shop, page }) => {
  await summer(shop)
  const key = await shop.api<{ id: string; key: string }>('POST', '/keys', made('Ana', 'analyst'))
  await signIn(page, shop, '/app', key.key)
  await shop.api('DELETE', `/keys/${key.id}`)
  await page.getByRole('link', { name: 'Campaigns' }).first().click()
  await expect(page.getByRole('alert')).toHaveText('This key no longer works. It may have been revoked.')
  await expect(page.getByText('Summer Dress Reel')).toHaveCount(0)
})

test('an analyst reads everything and manages nothing', async ({ shop, page }) => {
  const { parent } = await summer(shop)
  const { key } = await shop.api<{ key: string }>('POST', '/keys', made('Ana', 'analyst'))
  await signIn(page, shop, '/app', key)
  for (const path of ['/app', '/app/campaigns', `/app/campaigns/${parent}`, '/app/settings']) {
    await page.goto(path)
    await settled(page)
    for (const word of ['New campaign', 'Manage', 'Choose', 'Make key', 'Revoke', 'Try all again']) {
      await expect(page.getByRole('button', { name: word })).toHaveCount(0)
      await expect(page.getByRole('link', { name: word })).toHaveCount(0)
      await expect(page.getByRole('checkbox', { name: word })).toHaveCount(0)
    }
  }
  await page.goto('/app/campaigns')
  await page.getByRole('button', { name: 'Actions for Summer Sale' }).click()
  await expect(page.getByRole('menuitem')).toHaveText(['Share…'])
  await page.goto('/app/campaigns/new')
  await expect(page.getByText('Not allowed')).toBeVisible()
})

test('a key is shown once, and revoked', async ({ shop, page }) => {
  await signIn(page, shop, '/app/settings')
  await page.getByLabel('Name of a new key').fill('Ana')
  await page.getByRole('button', { name: 'Make key' }).click()
  const shown = page.getByRole('alert')
  await expect(shown).toContainText('it is shown this once')
  const key = /pgc_[\w-]+/.exec(await shown.innerText())?.[0] ?? ''
  expect(await shop.sql('select name, role from _campaign_keys')).toBe('Ana|analyst')
  const ask = () => fetch(`${shop.url}/me`, { headers: { authorization: `Bearer ${key}` } })
  expect((await ask()).status).toBe(200)
  await page.getByRole('button', { name: 'I have kept it' }).click()
  await page.reload()
  await expect(page.getByRole('cell', { name: 'Analyst' })).toBeVisible()
  await expect(page.getByText(key)).toHaveCount(0)

  await page.getByRole('button', { name: 'Revoke Ana' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByText(/^revoked/)).toBeVisible()
  expect((await ask()).status).toBe(401)
})
