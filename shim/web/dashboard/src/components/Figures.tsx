/** Headline figures, with how they changed. */
import { Skeleton, Tooltip } from '@mantine/core'
import { IconArrowDownRight, IconArrowUpRight, IconInfoCircle } from '@tabler/icons-react'

import type { Metrics } from '../api/queries'
import * as format from '../lib/format'

export type Series = 'revenue' | 'visits' | 'conversions'

interface Figure {
  label: string
  hint?: string
  /** The line of the chart that this figure sums up. */
  series?: Series
  value: (metrics: Metrics) => number | null
  write: (value: number | null, currency: string | null) => string
  /** What a rise means. */
  rise: 'good' | 'bad'
  /** Percentages change by points, and figures that can be negative have no percentage. */
  by: 'percent' | 'points' | 'amount'
}

const WHOLE_COST = 'Costs count in full, whatever the days shown.'

const FIGURES: Figure[] = [
  {
    label: 'Revenue',
    series: 'revenue',
    value: (m) => m.total_revenue,
    write: format.money,
    rise: 'good',
    by: 'percent',
    hint: 'Net of refunds and cancelled orders.',
  },
  {
    label: 'Profit',
    value: (m) => m.profit,
    write: format.money,
    rise: 'good',
    by: 'amount',
    hint: `Revenue less cost. ${WHOLE_COST}`,
  },
  {
    label: 'ROI',
    value: (m) => m.roi,
    write: (value) => format.percent(value),
    rise: 'good',
    by: 'points',
    hint: `(Revenue − cost) / cost. ${WHOLE_COST}`,
  },
  {
    label: 'Conversions',
    series: 'conversions',
    value: (m) => m.total_conversions,
    write: (value) => format.count(value),
    rise: 'good',
    by: 'percent',
  },
  {
    label: 'Visits',
    series: 'visits',
    value: (m) => m.total_visits,
    write: (value) => format.count(value),
    rise: 'good',
    by: 'percent',
  },
  {
    label: 'Visitors',
    value: (m) => m.unique_visitors,
    write: (value) => format.count(value),
    rise: 'good',
    by: 'percent',
    hint: 'Distinct browsers, each counted once.',
  },
  {
    label: 'Conversion rate',
    value: (m) => m.conversion_rate,
    write: (value) => format.percent(value),
    rise: 'good',
    by: 'points',
    hint: 'Conversions / visits.',
  },
  {
    label: 'Order value',
    value: (m) => m.average_order_value,
    write: format.exactMoney,
    rise: 'good',
    by: 'percent',
    hint: 'Revenue / conversions.',
  },
  {
    label: 'Cost per conversion',
    value: (m) => m.cost_per_conversion,
    write: format.exactMoney,
    rise: 'bad',
    by: 'percent',
    hint: WHOLE_COST,
  },
  {
    label: 'Cost per visit',
    value: (m) => m.cost_per_visit,
    write: format.exactMoney,
    rise: 'bad',
    by: 'percent',
    hint: WHOLE_COST,
  },
]

interface Props {
  metrics: Metrics | undefined
  before: Metrics | undefined
  series: Series
  choose: (series: Series) => void
  /** Figures by their label; all when absent. */
  only?: string[]
}

export function Figures({ metrics, before, series, choose, only }: Props) {
  const shown = FIGURES.filter((figure) => only === undefined || only.includes(figure.label))
  return (
    <div className={shown.length > 7 ? 'figures many' : 'figures'}>
      {shown.map((figure) => {
        const content = (
          <>
            <span className="figure-label">
              {figure.label}
              {figure.hint !== undefined && <Hint text={figure.hint} />}
            </span>
            {metrics === undefined ? (
              <Skeleton height={30} width={96} mt={2} />
            ) : (
              <span className="figure-value" data-figure={figure.label}>
                {figure.write(figure.value(metrics), metrics.currency)}
              </span>
            )}
            {metrics !== undefined && before !== undefined && <Change figure={figure} now={metrics} before={before} />}
          </>
        )
        return figure.series === undefined ? (
          <div className="figure" key={figure.label}>
            {content}
          </div>
        ) : (
          <button
            type="button"
            className="figure"
            key={figure.label}
            aria-pressed={series === figure.series}
            onClick={() => figure.series !== undefined && choose(figure.series)}
          >
            {content}
          </button>
        )
      })}
    </div>
  )
}

function Hint({ text }: { text: string }) {
  return (
    <Tooltip label={text} multiline maw={260}>
      <IconInfoCircle size={14} stroke={1.7} aria-label={text} role="img" opacity={0.7} />
    </Tooltip>
  )
}

function Change({ figure, now, before }: { figure: Figure; now: Metrics; before: Metrics }) {
  const [value, last] = [figure.value(now), figure.value(before)]
  if (value === null || last === null) return <span className="delta muted">no comparison</span>
  const difference = value - last
  if (figure.by === 'percent' && last === 0)
    return <span className="delta muted">{value === 0 ? 'unchanged' : 'none before'}</span>
  const written =
    figure.by === 'percent'
      ? format.percent((Math.abs(difference) / Math.abs(last)) * 100)
      : figure.by === 'points'
        ? `${format.percent(Math.abs(difference)).replace(/\s?%/, '')} pts`
        : format.money(Math.abs(difference), now.currency)
  if (difference === 0) return <span className="delta muted">unchanged</span>
  const rises = difference > 0
  const Arrow = rises ? IconArrowUpRight : IconArrowDownRight
  return (
    <span
      className={`delta ${rises === (figure.rise === 'good') ? 'good' : 'bad'}`}
      title={`${figure.write(last, before.currency)} in the period before`}
    >
      <Arrow size={15} stroke={2} aria-hidden />
      <span className="unseen">{rises ? 'up by' : 'down by'}</span>
      {written}
    </span>
  )
}
