/** The orders a campaign got the credit for, newest first. */
import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { Link } from 'wouter'

import { useConversions } from '../api/queries'
import { Scroll } from './Scroll'
import { fileName, saveSheet } from '../lib/files'
import * as format from '../lib/format'
import { useKeptRange, type Range } from '../lib/range'
import { tellError } from './Notes'
import { Card } from './Page'
import { Failed, Loading } from './States'

export function Conversions({ id, range, name }: { id: string; range: Range; name: string }) {
  const conversions = useConversions(id, range)
  const kept = useKeptRange()
  if (conversions.isError) return <Failed error={conversions.error} retry={() => void conversions.refetch()} />
  if (conversions.data === undefined) return <Loading />
  const rows = conversions.data.pages.flatMap((page) => page.data)
  const sheet = () => {
    const query = { start_date: range.start, end_date: range.end, include_children: true, page_size: 1000 }
    saveSheet(fileName(name, 'conversions', '.csv'), `/campaigns/${id}/conversions.csv`, query).catch(tellError)
  }
  return (
    <Card
      title="Conversions"
      aside={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconDownload size={15} />}
          onClick={sheet}
          disabled={rows.length === 0}
        >
          Save as CSV
        </Button>
      }
    >
      {rows.length === 0 ? (
        <p className="muted pad">No order was credited in these days.</p>
      ) : (
        <Scroll label="Conversions">
          <table>
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">When</th>
                <th scope="col" className="hide-sm">
                  Code
                </th>
                <th scope="col" className="hide-md">
                  Device
                </th>
                <th scope="col" className="hide-md">
                  Country
                </th>
                <th scope="col" className="n">
                  Counts
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const { search, join } = { search: kept.slice(1), join: kept === '' ? '' : '&' }
                return (
                  <tr key={row.id}>
                    <td>
                      <Link
                        href={`/orders?order=${encodeURIComponent(row.order_id)}${join}${search}`}
                        className="link mono"
                        title={row.order_id}
                      >
                        {row.order_id.length > 13 ? `${row.order_id.slice(0, 8)}…` : row.order_id}
                      </Link>
                    </td>
                    <td className="small">{format.moment(row.converted_at)}</td>
                    <td className="mono hide-sm">{row.tracking_code}</td>
                    <td className="hide-md">{row.device_type === null ? '–' : format.title(row.device_type)}</td>
                    <td className="hide-md">{row.country === null ? '–' : format.country(row.country)}</td>
                    <td className="n strong">
                      {format.exactMoney(row.net_revenue, row.currency)}
                      {row.cancelled_at !== null ? (
                        <div>
                          <span className="tag wrong">cancelled</span>
                        </div>
                      ) : (
                        row.refunded > 0 && (
                          <div className="small muted">{format.exactMoney(row.refunded, row.currency)} refunded</div>
                        )
                      )}
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </Scroll>
      )}
      {conversions.hasNextPage && (
        <div className="pad">
          <Button
            variant="default"
            size="sm"
            loading={conversions.isFetchingNextPage}
            onClick={() => void conversions.fetchNextPage()}
          >
            Show more
          </Button>
        </div>
      )}
    </Card>
  )
}
