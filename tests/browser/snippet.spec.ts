import { devices } from '@playwright/test'
import { expect, expectCalls, expectTouches, sessionId, stored, test } from './site'

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

/** The snippet as pages see it. */
interface Tracked {
  campaign: { identify(customerId: string | number): void; consent(given: boolean): void }
}
declare const window: Tracked & Window

test.describe('clicks and page views', () => {
  test('a click on a link is a visit', async ({ shop, site, page, calls }) => {
    const campaign = await shop.campaign('REEL_01')
    await page.goto(`${site.url}/dresses?utm_campaign=REEL_01`, { referer: 'https://l.instagram.com/' })
    await expectTouches(shop, 'REEL_01')
    const session = await sessionId(page)
    expect(session).toMatch(UUID)
    expect(await stored(page)).toEqual({ campaign_session_id: session })
    expect(
      await shop.sql('select campaign_id, session_id, landing_page, referrer, device_type, user_agent from campaign_visits'),
    ).toBe([campaign, session, '/dresses', 'https://l.instagram.com/', 'desktop', devices['Desktop Chrome'].userAgent].join('|'))
    await expectCalls(calls, ['visit REEL_01'])
    expect(await page.context().cookies()).toEqual([])
  })

  test('whoever comes by no link leaves no trace', async ({ shop, site, page, calls }) => {
    await page.goto(`${site.url}/?utm_source=newsletter&utm_campaign=Spring%20Sale!`)
    await page.evaluate(() => {
      history.pushState(null, '', '/next')
    })
    await page.goto(`${site.url}/more`)
    expect(await sessionId(page)).toBeNull()
    expect(await stored(page)).toEqual({})
    expect(calls).toEqual([])
    expect(await shop.sql('select count(*) from campaign_visits')).toBe('0')
  })

  test('page views extend the visit, whatever kind of navigation they come by', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectCalls(calls, ['visit A'])
    await shop.sql("update campaign_visits set visited_at = visited_at - interval '9 days', last_activity_at = last_activity_at - interval '9 days', expires_at = expires_at - interval '9 days'")
    const activity = async (count: number) => {
      await expect.poll(() => calls.length).toBe(1 + count)
      await expect
        .poll(() => shop.sql("select count(*) from campaign_visits where last_activity_at > now() - interval '1 hour' and expires_at = last_activity_at + interval '30 days'"))
        .toBe('1')
      await shop.sql("update campaign_visits set last_activity_at = last_activity_at - interval '1 day', expires_at = expires_at - interval '1 day'")
    }
    await page.goto(`${site.url}/product`)
    await activity(1)
    await page.evaluate(() => {
      history.pushState({ page: 2 }, '', '/product/2')
    })
    await activity(2)
    await page.evaluate(() => {
      history.back()
    })
    await activity(3)
    await page.getByRole('link', { name: 'Deep' }).click()
    await activity(4)
    // The same page again, and scroll positions that routers write down, are no views.
    await page.evaluate(() => {
      history.pushState(null, '', location.href)
      history.replaceState({ scroll: 7 }, '', location.href)
    })
    await page.goto(`${site.url}/last`)
    await activity(5)
    expect(calls).toEqual(['visit A', ...Array<string>(5).fill('activity')])
    await expectTouches(shop, 'A')
  })

  test('the last click wins, and going back or reloading is no click', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    await shop.campaign('B')
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectCalls(calls, ['visit A'])
    await page.goto(`${site.url}/?utm_campaign=B`)
    await expectCalls(calls, ['visit A', 'visit B'])
    await page.goBack()
    expect(page.url()).toContain('utm_campaign=A')
    await expectCalls(calls, ['visit A', 'visit B', 'activity'])
    await page.reload()
    await expectCalls(calls, ['visit A', 'visit B', 'activity', 'activity'])
    await page.goto(`${site.url}/checkout`)
    const order = await shop.sql(
      "insert into demo.orders (customer_id, subtotal, total, session_id) select id, 80, 80, $1 from demo.customers limit 1 returning (select tracking_code from campaigns where id = campaign_id)",
      [await sessionId(page)],
    )
    expect(order).toBe('B')
    await expectTouches(shop, 'A B*')
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectTouches(shop, 'A B* A')
  })

  test('a link within the page is a click, going back to it is none', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    await shop.campaign('BANNER')
    await page.goto(`${site.url}/?utm_campaign=A`)
    const push = (address: string) =>
      page.evaluate((to) => {
        history.pushState(null, '', to)
      }, address)
    await push('/sale?utm_campaign=BANNER')
    // A router that keeps the parameter does not click again.
    await push('/sale/2?utm_campaign=BANNER')
    await page.goBack()
    await page.goBack()
    await expectCalls(calls, ['visit A', 'visit BANNER', 'activity', 'activity', 'activity'])
    await expectTouches(shop, 'A BANNER')
  })

  test('two tabs are one session', async ({ shop, site, context, page, calls }) => {
    await shop.campaign('A')
    await shop.campaign('B')
    const other = await context.newPage()
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectCalls(calls, ['visit A'])
    await other.goto(`${site.url}/?utm_campaign=B`)
    await expectCalls(calls, ['visit A', 'visit B'])
    expect(await sessionId(other)).toBe(await sessionId(page))
    await page.goto(`${site.url}/checkout`)
    await expectCalls(calls, ['visit A', 'visit B', 'activity'])
    await expectTouches(shop, 'A B')
  })

  test('a page that is rendered in advance is visited when it is seen', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    await page.addInitScript(() => {
      Object.defineProperty(document, 'prerendering', { value: true })
    })
    await page.goto(`${site.url}/?utm_campaign=A`)
    expect(await sessionId(page)).toBeNull()
    expect(calls).toEqual([])
    await page.evaluate(() => document.dispatchEvent(new Event('prerenderingchange')))
    await expectCalls(calls, ['visit A'])
    await expectTouches(shop, 'A')
  })

  test('twice in a page is as good as once', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    await page.goto(site.url)
    await page.addScriptTag({ url: `${shop.url}/campaign.js` })
    await page.evaluate(() => {
      history.pushState(null, '', '/?utm_campaign=A')
    })
    await expectCalls(calls, ['visit A'])
    await expectTouches(shop, 'A')
  })

  test('as a module it does the same', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    site.form = 'module'
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectCalls(calls, ['visit A'])
    await page.goto(`${site.url}/next`)
    await expectCalls(calls, ['visit A', 'activity'])
    expect(await sessionId(page)).toMatch(UUID)
  })

  test('a page from the back-forward cache is a page view', async ({ shop, site, playwright, launchOptions, userAgent }) => {
    // Playwright switches the cache off, and knows nothing of pages that come out of it: the page tells itself.
    const ignoreDefaultArgs = ['--disable-back-forward-cache']
    const browser = await playwright.chromium.launch({ ...launchOptions, ignoreDefaultArgs })
    const page = await browser.newPage({ userAgent: userAgent ?? '' })
    await page.addInitScript(() => {
      addEventListener('pageshow', ({ persisted }) => void fetch('/shown', { method: 'POST', body: String(persisted) }))
    })
    await shop.campaign('A')
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectTouches(shop, 'A')
    await page.goto(`${site.url}/next`)
    await shop.sql("update campaign_visits set last_activity_at = last_activity_at - interval '1 day'")
    await page.evaluate(() => {
      history.back()
    })
    await expect.poll(() => site.posted.map(({ body }) => body)).toEqual([false, false, true])
    await expect
      .poll(() => shop.sql("select count(*) from campaign_visits where last_activity_at > now() - interval '1 hour'"))
      .toBe('1')
    await expectTouches(shop, 'A')
    await browser.close()
  })
})

test.describe('addresses', () => {
  for (const [what, path] of Object.entries({
    'with what ads add': '/?fbclid=IwAR0x-1_y&utm_source=ig&utm_campaign=CODE_01&gclid=EAIaIQ&ttclid=1',
    'with a second question mark': '/?utm_source=ig&utm_campaign=CODE_01?fbclid=IwAR0x',
    'with a link that was escaped for HTML': '/?utm_source=ig&amp;utm_campaign=CODE_01&amp;x=1',
    'of a hash router': '/#/dresses?utm_campaign=CODE_01',
    'of a hash router, with what ads add in front': '/?fbclid=IwAR0x#/dresses?color=red&utm_campaign=CODE_01',
    'with the code alone in the hash': '/#utm_campaign=CODE_01',
    'with an escaped code': '/?utm_campaign=CODE%5F01',
    'with a broken escape elsewhere': '/?q=100%&utm_campaign=CODE_01',
  })) {
    test(`an address ${what} tells the code`, async ({ shop, site, page, calls }) => {
      await shop.campaign('CODE_01')
      await page.goto(site.url + path)
      await expectTouches(shop, 'CODE_01')
      await expectCalls(calls, ['visit CODE_01'])
      const landing = path.includes('#/dresses') ? '/#/dresses' : '/'
      expect(await shop.sql('select landing_page from campaign_visits')).toBe(landing)
    })
  }

  test('the parameter can have another name', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    site.attributes = { 'data-parameter': 'c.id' }
    await page.goto(`${site.url}/?utm_campaign=B&cxid=C&c.id=A`)
    await expectTouches(shop, 'A')
    await expectCalls(calls, ['visit A'])
  })

  test('a broken code is none', async ({ site, page, calls }) => {
    await page.goto(`${site.url}/?utm_campaign=%E0%A4%A`)
    await page.goto(`${site.url}/?utm_campaign=`)
    await page.goto(`${site.url}/?utm_campaign=${'X'.repeat(65)}`)
    expect(await sessionId(page)).toBeNull()
    expect(calls).toEqual([])
  })

  test('a short link hands its session over, and not on', async ({ shop, site, page }) => {
    await shop.campaign('A', { landing_url: `${site.url}/sale?size=m` })
    await page.goto(`${shop.url}/r/A?fbclid=1`)
    await expect(page).toHaveURL(`${site.url}/sale?size=m&utm_campaign=A&fbclid=1`)
    await expectTouches(shop, 'A')
    expect(await sessionId(page)).toBe(await shop.sql('select session_id from campaign_visits'))
    expect(await shop.sql('select count(*), count(distinct session_id) from campaign_visits')).toBe('1|1')
  })
})

test.describe('when things go wrong', () => {
  test.use({ expectedComplaints: /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED/ })

  test('a browser that refuses storage is tracked as far as the page lives', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    await page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('refused', 'SecurityError')
        },
      })
    })
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectTouches(shop, 'A')
    await page.evaluate(() => {
      history.pushState(null, '', '/product')
    })
    await expectCalls(calls, ['visit A', 'activity'])
    expect(await sessionId(page)).toBe(await shop.sql('select session_id from campaign_visits'))
  })

  test('a full storage does not stop it', async ({ shop, site, page }) => {
    await shop.campaign('A')
    await page.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    })
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectTouches(shop, 'A')
    expect(await sessionId(page)).toMatch(UUID)
  })

  test('what happens offline is told when the browser is online again, in its order', async ({ shop, site, context, page }) => {
    await shop.campaign('A')
    await shop.campaign('B')
    await page.goto(site.url)
    await context.setOffline(true)
    await page.evaluate(() => {
      history.pushState(null, '', '/?utm_campaign=A')
      history.pushState(null, '', '/?utm_campaign=B')
      history.pushState(null, '', '/product')
    })
    await expect.poll(async () => (await stored(page)).campaign_unsent).toContain('"B"')
    expect(await shop.sql('select count(*) from campaign_visits')).toBe('0')
    await context.setOffline(false)
    await expectTouches(shop, 'A B')
    await expect.poll(async () => Object.keys(await stored(page))).toEqual(['campaign_session_id'])
  })

  test('while the service is down the page is unharmed, and the next page tells it', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    await shop.campaign('B')
    await page.goto(site.url)
    await shop.stop()
    // The script itself comes from the browser's cache.
    await page.goto(`${site.url}/?utm_campaign=A`)
    await page.goto(`${site.url}/?utm_campaign=B`)
    await page.goto(`${site.url}/product`)
    await expect(page.getByRole('heading')).toHaveText('A shop')
    const session = await sessionId(page)
    expect(session).toMatch(UUID)
    await expect.poll(async () => (await stored(page)).campaign_unsent).toContain('"B"')
    await shop.start()
    calls.length = 0
    await page.goto(`${site.url}/cart`)
    await expectTouches(shop, 'A B')
    await expectCalls(calls, ['visit A', 'visit B', 'activity'])
    expect(await shop.sql('select distinct session_id from campaign_visits')).toBe(session)
    await expect.poll(async () => Object.keys(await stored(page))).toEqual(['campaign_session_id'])
  })

  test('a page that cannot even load the script is unharmed', async ({ shop, site, page }) => {
    await shop.stop()
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expect(page.getByRole('heading')).toHaveText('A shop')
    expect(await page.evaluate(() => 'campaign' in window)).toBe(false)
    await shop.start()
  })

  test.describe('', () => {
    test.use({ expectedComplaints: /503 \(Service Unavailable\)/ })

    test('a busy service is asked again by the next page, and yesterday is forgotten', async ({ shop, site, page, calls }) => {
      await shop.campaign('A')
      await page.route(`${shop.url}/campaigns/track-visit`, (route) => route.fulfill({ status: 503 }), { times: 1 })
      await page.goto(`${site.url}/?utm_campaign=A`)
      await expect.poll(async () => (await stored(page)).campaign_unsent).toContain('"A"')
      await page.evaluate(() => {
        const [lost] = JSON.parse(localStorage.campaign_unsent as string) as { at: number }[]
        if (lost) localStorage.campaign_unsent = JSON.stringify([{ ...lost, at: lost.at - 86_400_001 }, lost])
      })
      await page.goto(`${site.url}/next`)
      await expectCalls(calls, ['visit A', 'visit A', 'activity'])
      await expectTouches(shop, 'A')
    })
  })

  test.describe('', () => {
    test.use({ expectedComplaints: /404 \(Not Found\)/ })

    test('a code of no campaign is not asked again', async ({ shop, site, page, calls }) => {
      await page.goto(`${site.url}/?utm_campaign=NEWSLETTER`)
      await expectCalls(calls, ['visit NEWSLETTER'])
      await page.goto(`${site.url}/next`)
      await expectCalls(calls, ['visit NEWSLETTER', 'activity'])
      expect(await shop.sql('select count(*) from campaign_visits')).toBe('0')
    })
  })

  test('garbage in the storage does no harm', async ({ shop, site, page }) => {
    await shop.campaign('A')
    await page.goto(site.url)
    await page.evaluate(() => {
      localStorage.campaign_unsent = '{"not": "a list"'
    })
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectTouches(shop, 'A')
  })

  test('browsers without keepalive send beacons', async ({ shop, site, page }) => {
    await shop.campaign('A')
    await page.addInitScript(() => {
      Reflect.deleteProperty(Request.prototype, 'keepalive')
    })
    const kind = page.waitForRequest(`${shop.url}/campaigns/track-visit`).then((request) => request.resourceType())
    await page.goto(`${site.url}/?utm_campaign=A`)
    expect(await kind).toBe('ping')
    await expectTouches(shop, 'A')
  })

  test('browsers that make no UUIDs have a session all the same', async ({ shop, site, page }) => {
    await shop.campaign('A')
    await page.addInitScript(() => {
      Object.defineProperty(crypto, 'randomUUID', { value: undefined })
    })
    await page.goto(`${site.url}/?utm_campaign=A`)
    await expectTouches(shop, 'A')
    expect(await sessionId(page)).toMatch(/^[\da-f]{32}$/)
  })
})

test.describe('privacy', () => {
  test('with consent required nothing is stored or sent before it is given', async ({ shop, site, page, calls }) => {
    await shop.campaign('A')
    site.attributes = { 'data-consent': 'required' }
    await page.goto(`${site.url}/sale?utm_campaign=A`)
    await page.evaluate(() => {
      history.pushState(null, '', '/product')
    })
    expect(await sessionId(page)).toBeNull()
    expect(await stored(page)).toEqual({})
    expect(calls).toEqual([])
    await page.evaluate(() => {
      window.campaign.consent(true)
    })
    expect(await sessionId(page)).toMatch(UUID)
    await expectCalls(calls, ['visit A'])
    await expectTouches(shop, 'A')
    expect(await shop.sql('select landing_page from campaign_visits')).toBe('/sale')
    // The visitor's word holds for the next pages.
    await page.goto(`${site.url}/next`)
    await expectCalls(calls, ['visit A', 'activity'])
    await page.evaluate(() => {
      window.campaign.consent(false)
    })
    expect(await sessionId(page)).toBeNull()
    expect(await stored(page)).toEqual({ campaign_consent: 'no' })
    await page.goto(`${site.url}/?utm_campaign=A`)
    expect(await stored(page)).toEqual({ campaign_consent: 'no' })
    expect(calls).toEqual(['visit A', 'activity'])
  })

  for (const [signal, name, value] of [
    ['Global Privacy Control', 'globalPrivacyControl', true],
    ['Do Not Track', 'doNotTrack', '1'],
  ] as const) {
    test.describe(signal, () => {
      test.beforeEach(async ({ page }) => {
        await page.addInitScript(
          ([name, value]) => {
            Object.defineProperty(Navigator.prototype, name, { get: () => value })
          },
          [name, value] as const,
        )
      })

      test('is respected, unless the visitor consents', async ({ shop, site, page, calls }) => {
        await shop.campaign('A')
        await page.goto(`${site.url}/?utm_campaign=A`)
        expect(await sessionId(page)).toBeNull()
        expect(await stored(page)).toEqual({})
        expect(calls).toEqual([])
        await page.evaluate(() => {
          window.campaign.consent(true)
        })
        await expectTouches(shop, 'A')
      })

      test('can be ignored by the shop', async ({ shop, site, page }) => {
        await shop.campaign('A')
        site.attributes = { 'data-privacy-signals': 'ignore' }
        await page.goto(`${site.url}/?utm_campaign=A`)
        await expectTouches(shop, 'A')
      })
    })
  }
})

test.describe('what pages can say', () => {
  test('whose session it is, to the shop itself', async ({ shop, site, page }) => {
    await shop.campaign('A')
    site.attributes = { 'data-identify': '/session' }
    await page.goto(site.url)
    await page.evaluate(() => {
      window.campaign.identify(4711)
    })
    await page.goto(`${site.url}/?utm_campaign=A`)
    expect(site.posted).toEqual([])
    await page.evaluate(() => {
      window.campaign.identify(4711)
      window.campaign.identify(4711)
    })
    const session_id = await sessionId(page)
    await expect.poll(() => site.posted).toEqual([{ path: '/session', body: { session_id, customer_id: '4711' } }])
  })

  test('nothing that breaks it', async ({ site, page }) => {
    await page.goto(site.url)
    await page.evaluate(() => {
      const { campaign } = window as unknown as { campaign: Record<string, (...values: unknown[]) => void> }
      campaign.identify?.()
      campaign.identify?.(Object.create(null))
      campaign.consent?.('maybe')
    })
    expect(await sessionId(page)).toBeNull()
  })
})
