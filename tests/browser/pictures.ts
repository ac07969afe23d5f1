// The pictures of the README, of a season of the demo shop. Run by pictures.config.ts.
import { fileURLToPath } from 'node:url'
import { settled, signIn } from './dashboard'
import { test } from './test'

const place = (name: string) => fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url))

test.use({ viewport: { width: 1240, height: 980 }, reducedMotion: 'reduce' })

test('the pictures of the README', async ({ shop, page }) => {
  await shop.season(40_000)
  // Somebody is there.
  for (const session of ['one', 'two', 'three']) await shop.sql("select campaign_track_visit('TIKTOK_BEACH_COLLECTION_01', $1)", [session])
  const [parent] = await shop.api<{ campaign_id: string }[]>('GET', '/campaigns/tree')
  await signIn(page, shop, '/app?range=30d')
  await settled(page)
  await page.waitForTimeout(500)
  await page.screenshot({ path: place('overview') })

  await page.goto(`/app/campaigns/${parent?.campaign_id ?? ''}?tab=posts`)
  await settled(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForTimeout(500)
  await page.screenshot({ path: place('which-post-wins-dark') })

  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 780 })
  await page.goto('/app?range=30d')
  await settled(page)
  await page.waitForTimeout(500)
  await page.screenshot({ path: place('phone') })
})
