import { expect, test } from './test'

test('the page of the HTTP interface shows the contract', async ({ page }) => {
  await page.goto('/docs')
  await expect(page.getByText('POST /campaigns/track-visit').first()).toBeVisible()
})
