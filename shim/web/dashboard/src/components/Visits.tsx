/** Who clicked a campaign's link, newest first. */
import { Button, SegmentedControl } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'

import { useVisits } from '../api/queries'
import { Scroll } from './Scroll'
import { fileName, saveSheet } from '../lib/files'
import * as format from '../lib/format'
import { tellError } from './Notes'
import { Card } from './Page'
import { Failed, Loading } from './States'

export function Visits({ id, name }: { id: string; name: string }) {
  const [onlyActive, setOnlyActive] = useState(false)
  const visits = useVisits(id, onlyActive)
  const rows = visits.data?.pages.flatMap((page) => page.data)
  const sheet = () => {
    const path = `/campaigns/${id}/visits${onlyActive ? '/active' : ''}.csv`
    saveSheet(fileName(name, onlyActive ? 'active-visits' : 'visits', '.csv'), path, {
      include_children: true,
      page_size: 1000,
    }).catch(tellError)
  }
  return (
    <Card
      title="Visits"
      aside={
        <div className="row">
          <SegmentedControl
            size="xs"
            aria-label="Which visits"
            value={onlyActive ? 'active' : 'all'}
            onChange={(value) => setOnlyActive(value === 'active')}
            data={[
              { value: 'all', label: 'All' },
              { value: 'active', label: 'Still live' },
            ]}
          />
          <Button
            variant="default"
            size="xs"
            leftSection={<IconDownload size={15} />}
            onClick={sheet}
            disabled={rows === undefined || rows.length === 0}
          >
            Save as CSV
          </Button>
        </div>
      }
    >
      {visits.isError ? (
        <Failed error={visits.error} retry={() => void visits.refetch()} />
      ) : rows === undefined ? (
        <Loading />
      ) : rows.length === 0 ? (
        <p className="muted pad">
          {onlyActive
            ? 'No visit is live: an order now would not be credited to this campaign.'
            : 'Nobody has clicked this campaign’s link yet.'}
        </p>
      ) : (
        <Scroll label="Visits">
          <table>
            <thead>
              <tr>
                <th scope="col">Clicked</th>
                <th scope="col">Landed on</th>
                <th scope="col" className="hide-md">
                  Came from
                </th>
                <th scope="col" className="hide-sm">
                  Device
                </th>
                <th scope="col" className="hide-md">
                  Place
                </th>
                <th scope="col">Outcome</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="small">{format.moment(row.visited_at)}</td>
                  <td className="mono" style={{ overflowWrap: 'anywhere' }}>
                    {row.landing_page ?? '–'}
                  </td>
                  <td className="hide-md small" style={{ overflowWrap: 'anywhere' }}>
                    {row.referrer ?? '–'}
                  </td>
                  <td className="hide-sm">{row.device_type === null ? '–' : format.title(row.device_type)}</td>
                  <td className="hide-md">
                    {[row.city, row.country === null ? null : format.country(row.country)]
                      .filter((part) => part !== null)
                      .join(', ') || '–'}
                  </td>
                  <td>
                    {row.converted && row.attributed_order_id !== null ? (
                      <Link href={`/orders?order=${encodeURIComponent(row.attributed_order_id)}`} className="link">
                        Order
                      </Link>
                    ) : row.is_active ? (
                      <span className="tag on">Live</span>
                    ) : (
                      <span className="muted">Left</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {visits.hasNextPage && (
        <div className="pad">
          <Button
            variant="default"
            size="sm"
            loading={visits.isFetchingNextPage}
            onClick={() => void visits.fetchNextPage()}
          >
            Show more
          </Button>
        </div>
      )}
    </Card>
  )
}
