/** All campaigns together: what came in, who brought it. */
import { Button, SegmentedControl, Select, Skeleton } from '@mantine/core'
import { IconDownload, IconPlus, IconSpeakerphone, IconTrophy } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'

import { METRICS, useLeaderboard, useOverview, type Metric, type Overview as Report } from '../api/queries'
import { Chart } from '../charts/Chart'
import { dailyPoints, SERIES_NAMES, writers } from '../charts/points'
import { BarList } from '../components/BarList'
import { Figures, type Series } from '../components/Figures'
import { Leaderboard } from '../components/Leaderboard'
import { Live } from '../components/Live'
import { tellError } from '../components/Notes'
import { Card, PageHead } from '../components/Page'
import { PlatformIcon, platformName } from '../components/Platform'
import { RangePicker } from '../components/RangePicker'
import { Empty, Failed } from '../components/States'
import { Tree } from '../components/Tree'
import { fileName, saveSheet } from '../lib/files'
import * as format from '../lib/format'
import { useKeptRange, useRange } from '../lib/range'
import { useIsAdmin } from '../session'

const FIGURES = ['Revenue', 'Profit', 'ROI', 'Conversions', 'Conversion rate', 'Visits', 'Visitors']

export function Overview() {
  const range = useRange()
  const overview = useOverview(range, range.compared)
  const [series, setSeries] = useState<Series>('revenue')
  const report = overview.data
  const previous = report && comparable(report.previous, range.compared)

  if (report?.campaigns.total === 0) return <NoCampaigns />
  return (
    <>
      <PageHead title="Overview">
        <Live />
        <RangePicker />
      </PageHead>
      {overview.isError ? (
        <Failed error={overview.error} retry={() => void overview.refetch()} />
      ) : (
        <div className="stack" aria-busy={overview.isFetching}>
          <Winner report={report} />
          <Card label="Figures">
            <Figures
              metrics={report?.metrics}
              before={previous?.metrics}
              series={series}
              choose={setSeries}
              only={FIGURES}
            />
            <Chart
              points={report && dailyPoints(report.timeline, previous?.timeline, series)}
              name={SERIES_NAMES[series]}
              about={`All campaigns · ${range.label}`}
              before={previous && days(previous.range)}
              {...writers(series, report?.metrics.currency ?? null)}
            />
          </Card>
          <div className="two">
            <Ranking />
            <div className="stack">
              <Platforms report={report} />
              <Spending report={report} />
            </div>
          </div>
        </div>
      )}
    </>
  )
}

/** What is left out of a comparison: days when nobody had recorded anything yet. */
function comparable(previous: Report['previous'], asked: boolean) {
  return asked && previous != null && previous.metrics.total_visits + previous.metrics.total_conversions > 0
    ? previous
    : undefined
}

function Spending({ report }: { report: Report | undefined }) {
  const admin = useIsAdmin()
  return (
    <Card
      title="Campaigns"
      aside={
        admin && (
          <Link href="/campaigns/new" className="link">
            New campaign
          </Link>
        )
      }
    >
      <dl className="facts pad" style={{ paddingTop: 0 }}>
        <dt>Active</dt>
        <dd className="number">
          {report && `${format.count(report.campaigns.active)} of ${format.count(report.campaigns.total)}`}
        </dd>
        <dt>Spent on all</dt>
        <dd className="number">{report && format.money(report.campaigns.total_cost, report.metrics.currency)}</dd>
      </dl>
    </Card>
  )
}

function days({ start_date, end_date }: { start_date: string | null; end_date: string | null }): string {
  return start_date === null || end_date === null ? 'Before' : format.days(start_date, end_date)
}

/** The answer to the first question of everyone who opens this page. */
function Winner({ report }: { report: Report | undefined }) {
  const kept = useKeptRange()
  const best = report?.top_campaigns.find((campaign) => campaign.revenue > 0)
  return (
    <section className="card winner" aria-label="The post that earned most">
      <span className="medal" aria-hidden>
        <IconTrophy size={24} stroke={1.7} />
      </span>
      {report === undefined ? (
        <Skeleton height={22} width="70%" />
      ) : best === undefined ? (
        <p>No post has earned money in these days.</p>
      ) : (
        <p>
          <Link href={`/campaigns/${best.campaign_id}${kept}`} className="name">
            {best.name}
          </Link>{' '}
          earned the most: <strong className="number">{format.money(best.revenue, best.currency)}</strong> from{' '}
          {format.count(best.conversions)} {best.conversions === 1 ? 'order' : 'orders'}
          {best.cost > 0 ? (
            <>
              ,{' '}
              <strong className={`number ${best.revenue >= best.cost ? 'good' : 'bad'}`}>
                {format.money(Math.round((best.revenue / best.cost) * 100) / 100, best.currency)}
              </strong>{' '}
              back for every {format.money(1, best.currency)} spent.
            </>
          ) : (
            ', at no cost.'
          )}
        </p>
      )}
    </section>
  )
}

type View = 'posts' | 'tree'

/** The campaigns by one figure: post against post, or tree by tree. */
function Ranking() {
  const range = useRange()
  const [params, setParams] = useSearchParams()
  const view: View = params.get('view') === 'tree' ? 'tree' : 'posts'
  const asked = params.get('metric')
  const metric: Metric = asked !== null && asked in METRICS ? (asked as Metric) : 'revenue'
  const [limit, setLimit] = useState(10)
  const board = useLeaderboard(metric, range, limit, view === 'posts')
  const set = (name: string, value: string | null) =>
    setParams(
      (params) => {
        if (value === null) params.delete(name)
        else params.set(name, value)
        return params
      },
      { replace: true },
    )
  const sheet = () => {
    const query = { metric, limit: 1000, start_date: range.start, end_date: range.end }
    saveSheet(fileName('leaderboard', metric, range.label, '.csv'), '/campaigns/leaderboard.csv', query).catch(
      tellError,
    )
  }
  return (
    <Card
      title={
        <div className="row">
          <h2 className="unseen">Campaigns</h2>
          <SegmentedControl
            size="sm"
            aria-label="Campaigns as"
            value={view}
            onChange={(value) => set('view', value === 'tree' ? 'tree' : null)}
            data={[
              { value: 'posts', label: 'Posts' },
              { value: 'tree', label: 'Campaign tree' },
            ]}
          />
        </div>
      }
      aside={
        view === 'posts' && (
          <div className="row tight">
            <Select
              size="sm"
              w={172}
              aria-label="Rank by"
              value={metric}
              onChange={(value) => set('metric', value === 'revenue' ? null : value)}
              data={Object.entries(METRICS).map(([value, label]) => ({
                value,
                label: `By ${label === 'ROI' ? label : label.toLowerCase()}`,
              }))}
            />
            <Button
              variant="subtle"
              color="gray"
              size="sm"
              px={8}
              onClick={sheet}
              aria-label="Save the ranking as CSV"
              title="Save as CSV"
            >
              <IconDownload size={18} stroke={1.7} />
            </Button>
          </div>
        )
      }
      label="Ranking"
    >
      {view === 'tree' ? (
        <Tree range={range} />
      ) : (
        <Leaderboard
          board={board}
          metric={metric}
          more={limit < 1000 && board.data?.length === limit ? () => setLimit(Math.min(limit * 5, 1000)) : undefined}
        />
      )}
    </Card>
  )
}

function Platforms({ report }: { report: Report | undefined }) {
  const rows = report?.platforms.filter((row) => row.visits > 0 || row.conversions > 0)
  return (
    <Card title="Platforms">
      <BarList
        columns={['Platform', 'ROI', 'Revenue']}
        rows={rows?.map((row) => ({
          key: row.platform,
          label: (
            <span className="campaign">
              <PlatformIcon platform={row.platform} />
              {row.platform === 'other' ? 'Other' : platformName(row.platform)}
            </span>
          ),
          size: Math.max(row.revenue, 0),
          values: [
            <span key="roi" className={row.roi !== null && row.roi < 0 ? 'bad' : 'muted'}>
              {format.percent(row.roi)}
            </span>,
            format.money(row.revenue, row.currency),
          ],
        }))}
        empty="No visits in these days."
      />
    </Card>
  )
}

function NoCampaigns() {
  const admin = useIsAdmin()
  return (
    <>
      <PageHead title="Overview" />
      <div className="card">
        <Empty
          icon={<IconSpeakerphone size={22} />}
          title="Your first campaign starts here"
          action={
            admin && (
              <Button component={Link} href="/campaigns/new" leftSection={<IconPlus size={17} />} mt="xs">
                New campaign
              </Button>
            )
          }
        >
          {admin
            ? 'Make one campaign for each post, put its link into the post, and see here what it sold. Add the snippet to your shop once, under Settings.'
            : 'An administrator has to make a campaign first. Its visits and orders will show up here.'}
        </Empty>
      </div>
    </>
  )
}
