/** Numbers, money and dates as the reader's locale writes them. What cannot be known is a dash. */

const UNKNOWN = '–'

const cache = new Map<string, Intl.NumberFormat>()

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = JSON.stringify(options)
  let format = cache.get(name)
  if (format === undefined) {
    format = new Intl.NumberFormat(undefined, options)
    cache.set(name, format)
  }
  return format
}

type Maybe = number | null | undefined

export function count(value: Maybe): string {
  return value == null ? UNKNOWN : numbers({ maximumFractionDigits: 0 }).format(value)
}

/** For axes and narrow places: 12,345 is 12K. */
export function short(value: Maybe): string {
  return value == null ? UNKNOWN : numbers({ notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

/** Cents are shown below 100 only, where they matter. */
export function money(value: Maybe, currency: string | null | undefined): string {
  if (value == null) return UNKNOWN
  const places = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : undefined
  return numbers({
    ...unit(currency),
    ...(places === undefined ? {} : { minimumFractionDigits: 0, maximumFractionDigits: places }),
  }).format(value)
}

/** With all its places, for single amounts. */
export function exactMoney(value: Maybe, currency: string | null | undefined): string {
  return value == null ? UNKNOWN : numbers(unit(currency)).format(value)
}

export function shortMoney(value: Maybe, currency: string | null | undefined): string {
  return value == null
    ? UNKNOWN
    : numbers({ ...unit(currency), notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 }).format(
        value,
      )
}

/** `value` is a percentage already. */
export function percent(value: Maybe, signed = false): string {
  if (value == null) return UNKNOWN
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  const options: Intl.NumberFormatOptions = {
    style: 'percent',
    minimumFractionDigits: 0,
    maximumFractionDigits: places,
  }
  return numbers(signed ? { ...options, signDisplay: 'exceptZero' } : options).format(value / 100)
}

/** `value` is a part of one; always with one place, so that many of them can be compared. */
export function share(value: number): string {
  return numbers({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value)
}

function unit(currency: string | null | undefined): Intl.NumberFormatOptions {
  // A shop may have a currency of three letters that nobody else knows; Intl takes any.
  return currency != null && /^[A-Za-z]{3}$/.test(currency)
    ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }
    : { minimumFractionDigits: 2, maximumFractionDigits: 2 }
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(undefined, options)
}

/** A day such as 2024-06-01, which belongs to no time zone any more. */
export function day(value: string, style: 'short' | 'long' = 'short'): string {
  const parts: Intl.DateTimeFormatOptions =
    style === 'long'
      ? { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }
      : { day: 'numeric', month: 'short' }
  return dates({ ...parts, timeZone: 'UTC' }).format(new Date(`${value}T00:00:00Z`))
}

export function month(value: string): string {
  return dates({ month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${value}T00:00:00Z`))
}

/** From the first to the last day, as short as the locale can say it. */
export function days(start: string, end: string): string {
  const format = dates({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
  return format.formatRange(new Date(`${start}T00:00:00Z`), new Date(`${end}T00:00:00Z`))
}

/** An instant, on the reader's clock. */
export function moment(value: string | null | undefined): string {
  return value == null ? UNKNOWN : dates({ dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value))
}

/** An instant on the clock of a time zone. */
export function hour(value: string, timeZone: string): string {
  return dates({
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: knownZone(timeZone),
  }).format(new Date(value))
}

/** How long ago, in the largest unit that says enough. */
export function ago(value: string | null | undefined, now: number = Date.now()): string {
  if (value == null) return UNKNOWN
  const seconds = (new Date(value).getTime() - now) / 1000
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
  for (const [unit, length] of [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit)
  }
  return relative.format(Math.round(seconds), 'second')
}

export function country(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code === 'unknown' ? 'Unknown' : code
  return new Intl.DisplayNames(undefined, { type: 'region' }).of(code) ?? code
}

/** A zone's name the browser knows, else UTC: PostgreSQL knows more of them. */
export function knownZone(timeZone: string): string {
  try {
    dates({ timeZone })
    return timeZone
  } catch {
    return 'UTC'
  }
}

export function title(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).replaceAll('_', ' ')
}

/** A length of time as PostgreSQL's settings write one, such as 30d. */
export function span(value: string): string {
  const units: Record<string, string> = { d: 'day', h: 'hour', min: 'minute', s: 'second' }
  const [, amount, unit] = /^(\d+)(d|h|min|s)$/.exec(value) ?? []
  if (amount === undefined || unit === undefined) return value
  return numbers({ style: 'unit', unit: units[unit] ?? 'second', unitDisplay: 'long' }).format(Number(amount))
}
