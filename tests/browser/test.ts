// The `test` of every spec: a demo shop of its own for each test, and a page that must not complain.
import { test as base, expect } from '@playwright/test'
import { type Shop, Stage } from './stage'

interface Options {
  /** More arguments for the shop's shim, with blanks between. */
  shimArguments: string
  /** Complaints that a test expects. */
  expectedComplaints: RegExp | undefined
}

interface Fixtures {
  shop: Shop
  /** What pages said on the console as errors and warnings, and threw. Checked to be empty after each test. */
  complaints: string[]
}

interface WorkerFixtures {
  stage: Stage
}

export const test = base.extend<Options & Fixtures, WorkerFixtures>({
  shimArguments: ['', { option: true }],
  expectedComplaints: [undefined, { option: true }],

  stage: [
    // Playwright tells what a fixture needs from this pattern.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const stage = new Stage()
      await use(stage)
      await stage.close()
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  shop: async ({ stage, shimArguments }, use) => {
    const shop = await stage.open(shimArguments)
    await use(shop)
    await shop.close()
  },

  complaints: [
    async ({ context, expectedComplaints }, use) => {
      const complaints: string[] = []
      context.on('console', (message) => {
        if (!['error', 'warning'].includes(message.type())) return
        complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`)
      })
      context.on('weberror', (error) => complaints.push(`thrown: ${String(error.error())}`))
      await use(complaints)
      expect(complaints.filter((text) => !expectedComplaints?.test(text))).toEqual([])
    },
    { auto: true },
  ],

  baseURL: async ({ shop }, use) => {
    await use(shop.url)
  },
})

export { expect } from '@playwright/test'
