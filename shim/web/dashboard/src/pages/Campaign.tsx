/** One campaign with all under it: what it brought, when, from whom, and which of its posts wins. */
import { ActionIcon, Button, Menu, SegmentedControl, Tabs } from '@mantine/core'
import {
  IconDots,
  IconExternalLink,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconShare,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'

import {
  GRANULARITIES,
  useAnalytics,
  useCampaign,
  useSetActive,
  useTimeline,
  type Analytics,
  type Campaign as Details,
  type Granularity,
} from '../api/queries'
import { Chart } from '../charts/Chart'
import { dailyPoints, SERIES_NAMES, writers } from '../charts/points'
import { BarList } from '../components/BarList'
import { Conversions } from '../components/Conversions'
import { Copy } from '../components/Copy'
import { Delete } from '../components/Delete'
import { Figures, type Series } from '../components/Figures'
import { tell, tellError } from '../components/Notes'
import { Card, PageHead } from '../components/Page'
import { PlatformIcon, platformName } from '../components/Platform'
import { Posts } from '../components/Posts'
import { RangePicker } from '../components/RangePicker'
import { Share } from '../components/Share'
import { Failed, Loading } from '../components/States'
import { Visits } from '../components/Visits'
import * as format from '../lib/format'
import { lengthOf, useKeptRange, useRange, type Range } from '../lib/range'
import { useIsAdmin, useMe } from '../session'

export default function Campaign({ id }: { id: string }) {
  const range = useRange()
  const campaign = useCampaign(id)
  const [params, setParams] = useSearchParams()
  if (campaign.isError) return <Failed error={campaign.error} retry={() => void campaign.refetch()} />
  if (campaign.data === undefined) return <Loading />
  const details = campaign.data
  const isParent = details.child_count > 0
  const asked = params.get('tab') ?? 'figures'
  const tab = asked === 'posts' && !isParent ? 'figures' : asked
  return (
    <>
      <Head details={details} />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          setParams((params) => {
            if (value === null || value === 'figures') params.delete('tab')
            else params.set('tab', value)
            return params
          })
        }
      >
        <Tabs.List mb="lg" className="pages">
          <Tabs.Tab value="figures">Figures</Tabs.Tab>
          {isParent && <Tabs.Tab value="posts">Which post wins</Tabs.Tab>}
          <Tabs.Tab value="conversions">Conversions</Tabs.Tab>
          <Tabs.Tab value="visits">Visits</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="figures">
          <Report details={details} range={range} />
        </Tabs.Panel>
        <Tabs.Panel value="posts">
          <Posts id={id} range={range} />
        </Tabs.Panel>
        <Tabs.Panel value="conversions">
          <Conversions id={id} range={range} name={details.tracking_code} />
        </Tabs.Panel>
        <Tabs.Panel value="visits">
          <Visits id={id} name={details.tracking_code} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

function Head({ details }: { details: Details }) {
  const admin = useIsAdmin()
  const kept = useKeptRange()
  const [, go] = useLocation()
  const [sharing, setSharing] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const setActive = useSetActive()
  const toggle = () => {
    const active = !details.is_active
    setActive.mutate(
      { ids: [details.id], active },
      { onSuccess: () => tell(`${details.name} ${active ? 'activated' : 'deactivated'}`), onError: tellError },
    )
  }
  return (
    <>
      <PageHead
        title={details.name}
        above={
          <p className="small muted" style={{ marginBottom: 6 }}>
            <Link href={`/campaigns${kept}`} className="link">
              Campaigns
            </Link>
            {details.parent_campaign_id !== null && (
              <>
                {' / '}
                <Link href={`/campaigns/${details.parent_campaign_id}${kept}`} className="link">
                  Parent campaign
                </Link>
              </>
            )}
          </p>
        }
        below={
          <div className="row" style={{ marginTop: 8 }}>
            <PlatformIcon platform={details.platform} />
            <span>
              {platformName(details.platform)} · {format.title(details.campaign_type)}
            </span>
            <span className={details.is_active ? 'tag on' : 'tag off'}>
              {details.is_active ? 'Active' : 'Inactive'}
            </span>
            <span className="row tight">
              <span className="mono muted">{details.tracking_code}</span>
              <Copy
                text={details.tracking_url ?? details.tracking_code}
                label={details.tracking_url === null ? 'Copy code' : 'Copy link'}
              />
            </span>
            {details.post_url !== null && (
              <a href={details.post_url} target="_blank" rel="noreferrer" className="link row tight">
                The post <IconExternalLink size={15} aria-hidden />
              </a>
            )}
          </div>
        }
      >
        <RangePicker />
        <Button variant="default" leftSection={<IconShare size={17} stroke={1.7} />} onClick={() => setSharing(true)}>
          Share
        </Button>
        {admin && (
          <Menu>
            <Menu.Target>
              <ActionIcon variant="default" size={36} aria-label={`Manage ${details.name}`}>
                <IconDots size={19} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => go(`/campaigns/${details.id}/edit`)}>
                Edit
              </Menu.Item>
              <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => go(`/campaigns/new?parent=${details.id}`)}>
                Add a post under it
              </Menu.Item>
              <Menu.Item
                leftSection={details.is_active ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
                onClick={toggle}
              >
                {details.is_active ? 'Deactivate' : 'Activate'}
              </Menu.Item>
              <Menu.Item className="dangerous" leftSection={<IconTrash size={16} />} onClick={() => setDeleting(true)}>
                Delete…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHead>
      <Share campaign={sharing ? details : null} close={() => setSharing(false)} />
      <Delete
        ids={deleting ? [details.id] : []}
        name={details.name}
        close={() => setDeleting(false)}
        done={() => go('/campaigns')}
      />
    </>
  )
}

function Report({ details, range }: { details: Details; range: Range }) {
  const analytics = useAnalytics(details.id, range, range.compared)
  const [series, setSeries] = useState<Series>('revenue')
  if (analytics.isError) return <Failed error={analytics.error} retry={() => void analytics.refetch()} />
  const report = analytics.data
  const before = report?.previous ?? undefined
  const previous =
    range.compared && before !== undefined && before.metrics.total_visits + before.metrics.total_conversions > 0
      ? before
      : undefined
  return (
    <div className="stack" aria-busy={analytics.isFetching}>
      <Card label="Figures">
        <Figures metrics={report?.metrics} before={previous?.metrics} series={series} choose={setSeries} />
        <Timeline details={details} range={range} report={report} previous={previous} series={series} />
      </Card>
      <Money details={details} report={report} />
      <Shares report={report} />
    </div>
  )
}

type Previous = NonNullable<Analytics['previous']>

function Timeline({
  details,
  range,
  report,
  previous,
  series,
}: {
  details: Details
  range: Range
  report: Analytics | undefined
  previous: Previous | undefined
  series: Series
}) {
  const [params, setParams] = useSearchParams()
  const { timezone } = useMe()
  // Hours of more than a month are a blur, and days of two years are many.
  const length = lengthOf(range) ?? report?.timeline.length ?? 0
  const offered = GRANULARITIES.filter((step) => step !== 'hour' || length <= 31)
  const asked = offered.find((step) => step === params.get('by'))
  const step: Granularity = asked ?? (length === 1 ? 'hour' : 'day')
  const timeline = useTimeline(details.id, range, step, step !== 'day')
  const points =
    step === 'day'
      ? report && dailyPoints(report.timeline, previous?.timeline, series)
      : timeline.data?.map((row) => {
          const title =
            step === 'hour'
              ? format.hour(row.starts_at, timezone)
              : step === 'month'
                ? format.month(row.date)
                : `Week from ${format.day(row.date, 'long')}`
          return {
            label: step === 'month' ? format.month(row.date) : step === 'hour' ? title : format.day(row.date),
            title,
            value: row[series],
          }
        })
  if (timeline.isError) return <Failed error={timeline.error} retry={() => void timeline.refetch()} />
  return (
    <Chart
      points={points}
      name={SERIES_NAMES[series]}
      about={`${details.name} · ${range.label}`}
      before={
        step === 'day' && previous !== undefined
          ? format.days(previous.range.start_date ?? '', previous.range.end_date ?? '')
          : undefined
      }
      {...writers(series, report?.metrics.currency ?? null)}
    >
      <SegmentedControl
        size="xs"
        aria-label="By"
        value={step}
        data={offered.map((value) => ({ value, label: format.title(value) }))}
        onChange={(value) =>
          setParams(
            (params) => {
              params.set('by', value)
              return params
            },
            { replace: true },
          )
        }
      />
    </Chart>
  )
}

/** What it cost, and what was to be spent. */
function Money({ details, report }: { details: Details; report: Analytics | undefined }) {
  const cost = report?.campaign.total_cost ?? details.cost
  const budget = report?.campaign.total_budget ?? details.budget
  const currency = report?.metrics.currency ?? null
  const others = report?.metrics.other_currencies ?? []
  return (
    <Card label="Spending">
      <dl className="facts pad">
        <dt>Spent</dt>
        <dd className="number">
          {format.exactMoney(cost, currency)}
          {budget > 0 && (
            <span className={cost > budget ? 'bad' : 'muted'}>
              {' '}
              of {format.exactMoney(budget, currency)} budget ({format.percent((cost / budget) * 100)})
            </span>
          )}
        </dd>
        {(details.starts_at !== null || details.ends_at !== null) && (
          <>
            <dt>Planned</dt>
            <dd>
              {details.starts_at === null ? 'until' : format.moment(details.starts_at)}
              {details.ends_at === null ? ' onwards' : ` – ${format.moment(details.ends_at)}`}
            </dd>
          </>
        )}
        {others.length > 0 && (
          <>
            <dt>Other currencies</dt>
            <dd className="number">
              {others
                .map(
                  (other) => `${format.exactMoney(other.revenue, other.currency)} (${format.count(other.conversions)})`,
                )
                .join(', ')}
            </dd>
          </>
        )}
        {details.description !== null && (
          <>
            <dt>Description</dt>
            <dd>{details.description}</dd>
          </>
        )}
      </dl>
    </Card>
  )
}

function Shares({ report }: { report: Analytics | undefined }) {
  const currency = report?.metrics.currency ?? null
  return (
    <div className="even">
      <Card title="Devices">
        <BarList
          columns={['Device', 'Orders', 'Visits']}
          rows={report?.device_breakdown.map((row) => ({
            key: row.device_type,
            label: format.title(row.device_type),
            size: row.visits,
            values: [
              <span key="orders" className="muted">
                {format.count(row.conversions)}
              </span>,
              format.count(row.visits),
            ],
          }))}
          empty="No visits in these days."
        />
      </Card>
      <Card title="Countries">
        <BarList
          columns={['Country', 'Visits', 'Revenue']}
          rows={report?.geographic_breakdown.slice(0, 8).map((row) => ({
            key: row.country,
            label: format.country(row.country),
            size: row.visits,
            values: [
              <span key="visits" className="muted">
                {format.count(row.visits)}
              </span>,
              format.money(row.revenue, currency),
            ],
          }))}
          empty="No visits in these days."
        />
      </Card>
      <Card title="Products">
        <BarList
          columns={['Product', 'Sold', 'Revenue']}
          rows={report?.top_products.slice(0, 8).map((row) => ({
            key: String(row.product_id),
            label: row.product_name ?? String(row.product_id),
            size: Math.max(row.revenue, 0),
            values: [
              <span key="sold" className="muted">
                {format.count(row.quantity_sold)}
              </span>,
              format.money(row.revenue, currency),
            ],
          }))}
          empty="Nothing was sold in these days, or the shop tells no order lines."
        />
      </Card>
    </div>
  )
}
