/** The days a page shows. They stand in its address, so that a link shows the same. */
import { useMemo } from 'react'
import { useSearchParams } from 'wouter'

import { useMe } from '../session'
import { days, knownZone } from './format'

export const PRESETS = {
  today: 'Today',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  month: 'This month',
  'last-month': 'Last month',
  year: 'This year',
  all: 'All time',
} as const

export type Preset = keyof typeof PRESETS

const USUAL: Preset = '90d'

/** First and last day, both included; undefined is an open end. */
export interface Days {
  start: string | undefined
  end: string | undefined
}

export interface Range extends Days {
  /** undefined for a range of one's own. */
  preset: Preset | undefined
  label: string
  /** Whether the days before are shown, too. */
  compared: boolean
}

/** The names under which a range stands in an address. */
const NAMES = ['range', 'from', 'to', 'compare']

export function useRange(): Range {
  const { timezone } = useMe()
  const [params] = useSearchParams()
  const [range, from, to, compare] = NAMES.map((name) => params.get(name))
  return useMemo(() => {
    const compared = compare !== 'no'
    if (isDay(from) && isDay(to) && from <= to) {
      return { start: from, end: to, preset: undefined, label: days(from, to), compared }
    }
    const preset = isPreset(range) ? range : USUAL
    return {
      ...daysOf(preset, todayIn(timezone)),
      preset,
      label: PRESETS[preset],
      compared: compared && preset !== 'all',
    }
  }, [range, from, to, compare, timezone])
}

export type Choice = { preset: Preset } | { start: string; end: string } | { compared: boolean }

export function useChooseRange(): (choice: Choice) => void {
  const [, setParams] = useSearchParams()
  return (choice) => {
    setParams((params) => {
      if ('compared' in choice) {
        if (choice.compared) params.delete('compare')
        else params.set('compare', 'no')
        return params
      }
      for (const name of ['range', 'from', 'to']) params.delete(name)
      if ('preset' in choice) {
        if (choice.preset !== USUAL) params.set('range', choice.preset)
      } else {
        params.set('from', choice.start)
        params.set('to', choice.end)
      }
      return params
    })
  }
}

/** The part of the address that other pages keep, with its question mark. */
export function useKeptRange(): string {
  const [params] = useSearchParams()
  const kept = new URLSearchParams()
  for (const name of NAMES) {
    const value = params.get(name)
    if (value !== null) kept.set(name, value)
  }
  return kept.size > 0 ? `?${kept}` : ''
}

export function todayIn(timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: knownZone(timeZone),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date())
}

function daysOf(preset: Preset, today: string): Days {
  const [year = '', month = ''] = today.split('-')
  switch (preset) {
    case 'today':
      return { start: today, end: today }
    case '7d':
      return { start: plus(today, -6), end: today }
    case '30d':
      return { start: plus(today, -29), end: today }
    case '90d':
      return { start: plus(today, -89), end: today }
    case 'month':
      return { start: `${year}-${month}-01`, end: today }
    case 'last-month': {
      const end = plus(`${year}-${month}-01`, -1)
      return { start: `${end.slice(0, 7)}-01`, end }
    }
    case 'year':
      return { start: `${year}-01-01`, end: today }
    case 'all':
      return { start: undefined, end: undefined }
  }
}

function plus(day: string, number: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + number)
  return date.toISOString().slice(0, 10)
}

/** How many days, both ends included; undefined with an open end. */
export function lengthOf({ start, end }: Days): number | undefined {
  if (start === undefined || end === undefined) return undefined
  return Math.round((Date.parse(end) - Date.parse(start)) / 86_400_000) + 1
}

function isPreset(value: string | null | undefined): value is Preset {
  return value != null && value in PRESETS
}

function isDay(value: string | null | undefined): value is string {
  return value != null && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
}
