import type { Series } from '../components/Figures'
import * as format from '../lib/format'
import type { Point } from './TimeChart'

type Daily = Record<Series, number> & { date: string }

/** The points of a daily line, each with the value of the same place in the days before. */
export function dailyPoints(days: Daily[], before: Daily[] | undefined, series: Series): Point[] {
  return days.map((day, place) => {
    const last = before?.[place]
    return {
      label: format.day(day.date),
      title: format.day(day.date, 'long'),
      value: day[series],
      before: last?.[series],
      beforeTitle: last === undefined ? undefined : format.day(last.date, 'long'),
    }
  })
}

export const SERIES_NAMES: Record<Series, string> = { revenue: 'Revenue', visits: 'Visits', conversions: 'Conversions' }

export function writers(
  series: Series,
  currency: string | null,
): { write: (value: number) => string; writeShort: (value: number) => string } {
  return series === 'revenue'
    ? {
        write: (value) => format.exactMoney(value, currency),
        writeShort: (value) => format.shortMoney(value, currency),
      }
    : { write: format.count, writeShort: format.short }
}
