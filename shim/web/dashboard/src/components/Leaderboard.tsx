/** Posts against posts, the best first. */
import { Button } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'

import type { Metric, Placing } from '../api/queries'
import * as format from '../lib/format'
import { CampaignName } from './Platform'
import { Scroll } from './Scroll'
import { Failed, Loading } from './States'

interface Column {
  metric: Metric
  label: string
  value: (row: Placing) => number | null
  write: (row: Placing) => string
  /** Columns that narrow pages leave out. */
  className?: string
}

const COLUMNS: Column[] = [
  {
    metric: 'revenue',
    label: 'Revenue',
    value: (row) => row.revenue,
    write: (row) => format.money(row.revenue, row.currency),
  },
  {
    metric: 'profit',
    label: 'Profit',
    value: (row) => row.profit,
    write: (row) => format.money(row.profit, row.currency),
    className: 'hide-sm',
  },
  { metric: 'roi', label: 'ROI', value: (row) => row.roi, write: (row) => format.percent(row.roi) },
  {
    metric: 'conversions',
    label: 'Orders',
    value: (row) => row.conversions,
    write: (row) => format.count(row.conversions),
    className: 'hide-md',
  },
  {
    metric: 'conversion_rate',
    label: 'Rate',
    value: (row) => row.conversion_rate,
    write: (row) => format.percent(row.conversion_rate),
    className: 'only-when-ranked',
  },
  {
    metric: 'visits',
    label: 'Visits',
    value: (row) => row.visits,
    write: (row) => format.count(row.visits),
    className: 'hide-sm',
  },
  {
    metric: 'visitors',
    label: 'Visitors',
    value: (row) => row.unique_visitors,
    write: (row) => format.count(row.unique_visitors),
    className: 'only-when-ranked',
  },
  {
    metric: 'average_order_value',
    label: 'Order value',
    value: (row) => row.average_order_value,
    write: (row) => format.exactMoney(row.average_order_value, row.currency),
    className: 'only-when-ranked',
  },
  {
    metric: 'cost_per_conversion',
    label: 'Cost / order',
    value: (row) => row.cost_per_conversion,
    write: (row) => format.exactMoney(row.cost_per_conversion, row.currency),
    className: 'only-when-ranked',
  },
]

interface Props {
  board: UseQueryResult<Placing[]>
  metric: Metric
  more: (() => void) | undefined
}

export function Leaderboard({ board, metric, more }: Props) {
  if (board.isError) return <Failed error={board.error} retry={() => void board.refetch()} />
  if (board.data === undefined) return <Loading rows={8} />
  if (board.data.length === 0) return <p className="muted pad">No campaign has figures for these days.</p>
  const columns = COLUMNS.filter((column) => column.className !== 'only-when-ranked' || column.metric === metric)
  const ranked = COLUMNS.find((column) => column.metric === metric)
  const largest = Math.max(...board.data.map((row) => Math.abs(ranked?.value(row) ?? 0)))
  return (
    <>
      <Scroll label="Ranking of posts">
        <table aria-busy={board.isFetching}>
          <thead>
            <tr>
              <th scope="col" className="n hide-sm">
                <span className="unseen">Rank</span>#
              </th>
              <th scope="col" className="grow">
                Post
              </th>
              {columns.map((column) => (
                <th
                  key={column.metric}
                  scope="col"
                  className={`n ${column.metric === metric ? 'ranked' : (column.className ?? '')}`}
                  aria-sort={
                    column.metric === metric
                      ? metric === 'cost_per_conversion'
                        ? 'ascending'
                        : 'descending'
                      : undefined
                  }
                >
                  {column.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {board.data.map((row) => {
              const value = ranked?.value(row) ?? null
              return (
                <tr key={row.campaign_id}>
                  <td className="n muted hide-sm">{row.rank}</td>
                  <th scope="row">
                    <CampaignName id={row.campaign_id} name={row.name} platform={row.platform}>
                      <div
                        className={`meter ${value !== null && value < 0 ? 'loss' : ''}`}
                        style={{ width: `${largest === 0 || value === null ? 0 : (Math.abs(value) / largest) * 100}%` }}
                        aria-hidden
                      />
                    </CampaignName>
                  </th>
                  {columns.map((column) => {
                    const shown = column.value(row)
                    return (
                      <td
                        key={column.metric}
                        className={`n ${column.metric === metric ? 'ranked strong' : (column.className ?? '')} ${shown !== null && shown < 0 ? 'bad' : ''}`}
                      >
                        {column.write(row)}
                      </td>
                    )
                  })}
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scroll>
      {more !== undefined && (
        <div className="pad">
          <Button variant="default" size="sm" onClick={more} loading={board.isFetching}>
            Show more
          </Button>
        </div>
      )}
    </>
  )
}
