// Tells the service of pg_campaign which link brought this browser here, and that it is still looking around. Whatever
// goes wrong stays in here: the page never hears of it.

export interface Options {
  /** Address of the service, e.g. `https://track.shop.example`. */
  api: string
  /** Parameter of the page's address that carries the tracking code; by default `utm_campaign`. */
  parameter?: string
  /** `required`: store and send nothing before `consent(true)`. */
  consent?: string
  /** `ignore`: do as if the browser sent neither Global Privacy Control nor Do Not Track. */
  privacySignals?: string
  /** Address in the shop's own back end that `identify` reports to. */
  identify?: string
}

export interface Campaign {
  /** The id to send along with an order; `null` for a visitor whom no campaign brought, or who did not consent. */
  sessionId(): string | null
  /** Reports to the shop's own back end, at the address of the option `identify`, that this session is a customer's. */
  identify(customerId: string | number): void
  /** Keeps the visitor's word. `true` sends what waited for it; `false` forgets the session and all that waits. */
  consent(given: boolean): void
}

/** Something to tell the service, until it has heard it. */
interface Call {
  /** The last part of the address. */
  to: string
  body: Record<string, string | undefined>
  /** When it happened: milliseconds since 1970. */
  at: number
}

const CLICK = 'track-visit'
const VIEW = 'update-activity'

const SESSION = 'campaign_session_id'
const CONSENT = 'campaign_consent'
const UNSENT = 'campaign_unsent'

/** A click that could not be sent for a day is not worth sending any more: it would seem to be of today. */
const DAY = 86_400_000

/** Most calls kept. */
const MOST = 20

/** Longest text sent, in characters. */
const LONGEST = 1_000

/** Begins to track this page. Once a page is enough. */
export function start(options: Options): Campaign {
  const { privacySignals, identify } = options
  const api = `${options.api.replace(/\/+$/, '')}/campaigns/`
  const signals = navigator as { globalPrivacyControl?: boolean; doNotTrack?: string | null }
  const isPrivate = signals.globalPrivacyControl === true || signals.doNotTrack === '1'
  const mustAsk = options.consent === 'required' || (isPrivate && privacySignals !== 'ignore')

  const safely = (work: () => void): void => {
    try {
      work()
    } catch {
      // The page goes on.
    }
  }

  /** What the browser refuses to keep is kept here, as long as the page lives. */
  const memory = new Map<string, string>()
  const read = (key: string): string | null => {
    try {
      return memory.get(key) ?? localStorage.getItem(key)
    } catch {
      return null
    }
  }
  const write = (key: string, value: string | null): void => {
    memory.delete(key)
    try {
      if (value === null) localStorage.removeItem(key)
      else localStorage.setItem(key, value)
    } catch {
      if (value !== null) memory.set(key, value)
    }
  }

  const mayTrack = (): boolean => (read(CONSENT) ?? (mustAsk ? 'no' : 'yes')) === 'yes'

  /** The session of a click that the service counted itself, on the way here. */
  let counted: string | undefined
  const openSession = (): string => {
    let id = counted ?? read(SESSION)
    counted = undefined
    // Browsers make UUIDs on secure pages only.
    id ??= (crypto.randomUUID as typeof crypto.randomUUID | undefined)?.() ?? randomId()
    write(SESSION, id)
    return id
  }

  /** Calls of this page, in their order. Those of earlier pages, in the storage, come before them. */
  let waiting: Call[] = []
  let isSending = false

  const kept = (): Call[] => {
    try {
      const calls = JSON.parse(read(UNSENT) ?? '[]') as Call[]
      return calls.filter(({ at }) => Date.now() - at < DAY)
    } catch {
      return []
    }
  }
  /** Leaves clicks that are not sent to the next page, which is a page view itself. */
  const handOver = (): void => {
    if (!mayTrack()) return
    const clicks = waiting.splice(0).filter(({ to }) => to === CLICK)
    if (clicks.length) write(UNSENT, JSON.stringify([...kept(), ...clicks].slice(-MOST)))
  }

  /** Whether the service has heard a call: it said yes, or it said no for good. */
  const send = async ({ to, body }: Call): Promise<boolean> => {
    try {
      const text = JSON.stringify({ session_id: openSession(), ...body })
      // Both send plain text, for which browsers do not ask another origin beforehand.
      if (!('keepalive' in Request.prototype)) return navigator.sendBeacon(api + to, text)
      const { status } = await fetch(api + to, { method: 'POST', body: text, keepalive: true, credentials: 'omit' })
      return ![429, 502, 503, 504].includes(status)
    } catch {
      return false
    }
  }

  /** Sends all calls one after another, so that clicks arrive in their order. What fails waits for the next page. */
  const flush = async (): Promise<void> => {
    if (isSending || !mayTrack()) return
    isSending = true
    waiting.unshift(...kept())
    write(UNSENT, null)
    for (let call = waiting[0]; call && (await send(call)); call = waiting[0]) {
      // Handed over while it was under way, it is not ours any more.
      if (call === waiting[0]) waiting.shift()
    }
    isSending = false
    if (!waiting.length) safely(report)
    handOver()
  }

  const tell = (to: string, body: Call['body'] = {}): void => {
    waiting = [...waiting, { to, body, at: Date.now() }].slice(-MOST)
    void flush()
  }

  let customer: string | undefined
  let reported: string | undefined
  /** Tells the shop, which knows who is logged in, whose session this is: once its visits are recorded. */
  const report = (): void => {
    const session = read(SESSION)
    if (!identify || !customer || !session) return
    const body = JSON.stringify({ session_id: session, customer_id: customer })
    if (body === reported) return
    reported = body
    const headers = { 'content-type': 'application/json' }
    fetch(identify, { method: 'POST', body, headers, keepalive: true, credentials: 'same-origin' }).catch(() => {
      reported = undefined
    })
  }

  /** The code in the page's address; other tools' names for campaigns look different. */
  const trackingCode = (): string | undefined =>
    /^[\w.-]{1,64}$/.exec(parameter(options.parameter ?? 'utm_campaign') ?? '')?.[0]

  let address = ''
  let code: string | undefined
  const codes = new Set<string | undefined>()

  /** Takes note of the page's address, when it is another one: a click on a link if it brings a code, else a page view. */
  const arrive = (isNewEntry: boolean, referrer = ''): void => {
    if (address === location.href) return
    const before = code
    code = trackingCode()
    // Going back to a page is no click on the link that led there.
    const isClick = code && (isNewEntry ? code !== before : !codes.has(code))
    codes.add(code)
    counted = takeCountedSession() ?? counted
    address = location.href
    if (!isClick) {
      view()
      return
    }
    if (mayTrack()) openSession()
    const route = /^#!?(\/[^?&;]*)/.exec(location.hash)?.[1] ?? ''
    tell(CLICK, {
      tracking_code: code,
      landing_page: (location.pathname + (route && `#${route}`)).slice(0, LONGEST),
      referrer: referrer.slice(0, LONGEST) || undefined,
      user_agent: navigator.userAgent.slice(0, LONGEST),
    })
  }

  /** A page view; only of a session that a campaign brought. */
  const view = (): void => {
    if (counted && mayTrack()) openSession()
    if (read(SESSION)) tell(VIEW)
    else void flush()
  }

  const hear = (target: EventTarget, event: string, work: (event: Event) => void): void => {
    target.addEventListener(event, (heard) => {
      safely(() => {
        work(heard)
      })
    })
  }

  const begin = (): void => {
    const [visit] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
    // Neither is loading it again.
    if (visit && /^(reload|back_forward)$/.test(visit.type) && read(SESSION)) codes.add(trackingCode())
    arrive(false, document.referrer)

    // eslint-disable-next-line @typescript-eslint/unbound-method
    const { pushState } = history
    history.pushState = function (...entry) {
      pushState.apply(this, entry)
      safely(() => {
        arrive(true)
      })
    }
    for (const event of ['popstate', 'hashchange']) {
      hear(window, event, () => {
        arrive(false)
      })
    }
    hear(window, 'pageshow', (event) => {
      if ((event as PageTransitionEvent).persisted) view()
    })
    hear(window, 'pagehide', handOver)
    hear(window, 'online', () => void flush())
  }
  // A page that is rendered in advance may never be seen.
  if ((document as { prerendering?: boolean }).prerendering) hear(document, 'prerenderingchange', begin)
  else safely(begin)

  return {
    sessionId: () => (mayTrack() ? read(SESSION) : null),
    identify: (customerId) => {
      safely(() => {
        customer = String(customerId)
        void flush()
      })
    },
    consent: (given) => {
      safely(() => {
        const waited = !mayTrack()
        write(CONSENT, given ? 'yes' : 'no')
        if (given) {
          if (waited) view()
          return
        }
        waiting = []
        counted = customer = undefined
        write(SESSION, null)
        write(UNSENT, null)
      })
    },
  }
}

/** The value of a parameter in the page's address, wherever links, ads and routers put it. */
function parameter(name: string): string | undefined {
  const pattern = new RegExp(`[?&#;]${name.replace(/\W/g, '\\$&')}=([^&#?;]+)`)
  const found = pattern.exec(location.search + location.hash)?.[1]
  try {
    return found && decodeURIComponent(found)
  } catch {
    return undefined
  }
}

/**
 * The session in the address of a page that one of the service's short links led to. Taken out of the address, so that a
 * visitor who passes it on does not pass on the session.
 */
function takeCountedSession(): string | undefined {
  const pattern = /([?&])campaign_session=([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:&|(?=#)|$)/
  const found = pattern.exec(location.href)
  if (!found) return undefined
  try {
    history.replaceState(history.state, '', location.href.replace(pattern, '$1').replace(/[?&](?=#|$)/, ''))
  } catch {
    // Some browsers let a page do this only so often.
  }
  return found[2]
}

function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
