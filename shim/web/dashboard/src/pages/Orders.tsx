/** Which campaign an order is credited to, and why. */
import { Button, TextInput } from '@mantine/core'
import { IconReceipt, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { useSearchParams } from 'wouter'

import { useOrderSource, type OrderSource } from '../api/queries'
import { PageHead } from '../components/Page'
import { CampaignName, PlatformIcon } from '../components/Platform'
import { Empty, Failed, Loading } from '../components/States'
import * as format from '../lib/format'
import { useMe } from '../session'

export default function Orders() {
  const [params, setParams] = useSearchParams()
  const order = params.get('order') ?? ''
  return (
    <>
      <PageHead title="Orders" />
      <div className="stack">
        <Search
          key={order}
          order={order}
          look={(order) =>
            setParams((params) => {
              params.set('order', order)
              return params
            })
          }
        />
        {order === '' ? (
          <div className="card">
            <Empty icon={<IconReceipt size={22} />} title="Where did an order come from?">
              Enter its id as your shop knows it, or follow a conversion of a campaign. You will see every click that
              led to it, and why one of them got the credit.
            </Empty>
          </div>
        ) : (
          <Source order={order} />
        )}
      </div>
    </>
  )
}

function Search({ order, look }: { order: string; look: (order: string) => void }) {
  const [typed, setTyped] = useState(order)
  return (
    <form
      className="card pad"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed.trim() !== '') look(typed.trim())
      }}
    >
      <div className="row">
        <TextInput
          aria-label="Order id"
          placeholder="Order id"
          leftSection={<IconSearch size={16} />}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          style={{ flex: '1 1 260px' }}
          spellCheck={false}
          autoComplete="off"
        />
        <Button type="submit">Look up</Button>
      </div>
    </form>
  )
}

function Source({ order }: { order: string }) {
  const source = useOrderSource(order)
  const { attribution_window } = useMe()
  if (source.isError) return <Failed error={source.error} retry={() => void source.refetch()} />
  if (source.data === undefined) return <Loading />
  const { attributed, conversion, campaign, touches } = source.data
  if (!attributed || conversion === null) {
    return (
      <div className="card">
        <Empty icon={<IconReceipt size={22} />} title="No campaign is credited with this order">
          Its session had no live campaign visit when it was placed: nobody clicked a link within the{' '}
          {format.span(attribution_window)} before, or the order carries no session id. An id the shop does not have
          looks the same.
        </Empty>
      </div>
    )
  }
  return (
    <>
      <section className="card pad stack tight" aria-label="The order">
        <div className="row between">
          <div>
            <p className="small muted">Credited to</p>
            {campaign === null ? (
              <strong>a campaign that was deleted</strong>
            ) : (
              <CampaignName id={campaign.id} name={campaign.name} platform={campaign.platform}>
                <div className="mono muted">{campaign.tracking_code}</div>
              </CampaignName>
            )}
          </div>
          <div className="amount">
            <div className="figure-value">{format.exactMoney(conversion.net_revenue, conversion.currency)}</div>
            <p className="small muted">
              {conversion.cancelled_at !== null
                ? `cancelled ${format.moment(conversion.cancelled_at)}; it was worth ${format.exactMoney(conversion.revenue, conversion.currency)}`
                : conversion.refunded > 0
                  ? `${format.exactMoney(conversion.order_total, conversion.currency)} less ${format.exactMoney(conversion.refunded, conversion.currency)} refunded`
                  : 'counts in the reports'}
            </p>
          </div>
        </div>
        <dl className="facts">
          <dt>Order</dt>
          <dd className="mono">{source.data.order_id}</dd>
          <dt>Placed</dt>
          <dd>{format.moment(conversion.converted_at)}</dd>
        </dl>
      </section>
      <Touches source={source.data} placed={conversion.converted_at} key={touches.length} />
    </>
  )
}

type Touch = OrderSource['touches'][number]

const VERDICTS: Record<Touch['verdict'], { tag: string; why: string }> = {
  credited: {
    tag: 'Gets the credit',
    why: 'The last click of this session whose visit was still live when the order was placed.',
  },
  earlier: { tag: 'Earlier', why: 'The visitor clicked again later, and the last live click wins.' },
  not_live: { tag: 'Not live', why: 'It had expired, or was too old a click, when the order was placed.' },
  other_session: { tag: 'Another browser', why: 'The same customer, in a session that did not place the order.' },
}

function Touches({ source, placed }: { source: OrderSource; placed: string }) {
  const { touches } = source
  return (
    <section className="card pad stack" aria-label="The way to the order">
      <h2>
        {touches.length === 1
          ? 'The click that led to it'
          : `The ${format.count(touches.length)} clicks that led to it`}
      </h2>
      {touches.length === 0 ? (
        <p className="muted">The visits were removed since; the credit stays on record.</p>
      ) : (
        <ol className="touches">
          {touches.map((touch) => (
            <li key={touch.id} className={touch.credited ? 'won' : undefined}>
              <PlatformIcon platform={touch.campaign?.platform ?? 'other'} />
              <div className="stack tight" style={{ gap: 4, minWidth: 0 }}>
                <div className="row">
                  <strong style={{ overflowWrap: 'anywhere' }}>
                    {touch.campaign?.name ?? 'A campaign that was deleted'}
                  </strong>
                  <span className={touch.credited ? 'tag on' : 'tag'}>{VERDICTS[touch.verdict].tag}</span>
                </div>
                <p className="small muted">
                  {format.moment(touch.visited_at)} · {before(touch.visited_at, placed)}
                  {touch.device_type !== null && ` · ${format.title(touch.device_type)}`}
                  {touch.country !== null && ` · ${format.country(touch.country)}`}
                  {touch.landing_page !== null && (
                    <>
                      {' · '}
                      <span className="mono" style={{ overflowWrap: 'anywhere' }}>
                        {touch.landing_page}
                      </span>
                    </>
                  )}
                </p>
                <p className="small">{VERDICTS[touch.verdict].why}</p>
              </div>
            </li>
          ))}
          <li>
            <span className="platform" aria-hidden>
              <IconReceipt size={17} stroke={1.7} />
            </span>
            <div>
              <strong>Order placed</strong>
              <p className="small muted">{format.moment(placed)}</p>
            </div>
          </li>
        </ol>
      )}
    </section>
  )
}

/** How long before the order. */
function before(visited: string, placed: string): string {
  const minutes = Math.round((Date.parse(placed) - Date.parse(visited)) / 60_000)
  const [amount, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / 1440), 'day']
  return `${new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'long' }).format(amount)} before`
}
