/** The children of a campaign side by side: which wins, how sure that is, and whether they reach the same people. */
import { useAnalytics, useOverlap, type Child, type CommonVisitors } from '../api/queries'
import { SURE, sureThatBetter } from '../lib/certainty'
import * as format from '../lib/format'
import type { Range } from '../lib/range'
import { Card } from './Page'
import { CampaignName } from './Platform'
import { Scroll } from './Scroll'
import { Failed, Loading } from './States'

export function Posts({ id, range }: { id: string; range: Range }) {
  const analytics = useAnalytics(id, range, range.compared)
  const overlap = useOverlap(id, range)
  if (analytics.isError) return <Failed error={analytics.error} retry={() => void analytics.refetch()} />
  if (analytics.data === undefined) return <Loading />
  const { children, metrics } = analytics.data
  return (
    <div className="stack">
      <Verdict posts={children} currency={metrics.currency} />
      <SideBySide posts={children} currency={metrics.currency} />
      {overlap.isError ? (
        <Failed error={overlap.error} retry={() => void overlap.refetch()} />
      ) : overlap.data === undefined ? (
        <Loading rows={4} />
      ) : (
        <Overlap pairs={overlap.data} />
      )}
    </div>
  )
}

function best(posts: Child[], figure: (post: Child) => number | null): Child | undefined {
  const ranked = posts.filter((post) => post.visits > 0 && figure(post) !== null)
  return ranked.sort((a, b) => (figure(b) ?? 0) - (figure(a) ?? 0))[0]
}

const earned = (post: Child) => post.revenue - post.cost
const rate = (post: Child) => post.conversion_rate

function Verdict({ posts, currency }: { posts: Child[]; currency: string | null }) {
  const winner = best(posts, earned)
  const converts = best(posts, rate)
  const next =
    converts &&
    best(
      posts.filter((post) => post !== converts),
      rate,
    )
  if (winner === undefined) return <div className="card pad muted">None of these posts was visited in these days.</div>
  const sure = converts && next && sureThatBetter(converts, next)
  return (
    <div className="card pad stack tight">
      <p style={{ fontSize: '1.0625rem' }}>
        <strong>{winner.name}</strong> {earned(winner) >= 0 ? 'earned the most' : 'lost the least'}:{' '}
        <strong className={`number ${earned(winner) < 0 ? 'bad' : 'good'}`}>
          {format.money(earned(winner), currency)}
        </strong>{' '}
        after its cost of {format.money(winner.cost, currency)}.
      </p>
      {converts !== undefined && next !== undefined && (
        <p className="muted">
          <strong>{converts.name}</strong> converts best, {format.percent(converts.conversion_rate)} against{' '}
          {format.percent(next.conversion_rate)} of {next.name}.{' '}
          {sure === undefined
            ? 'There are too few orders to tell whether that is chance.'
            : sure >= SURE
              ? `That is no chance: ${format.percent(Math.min(Math.floor(sure * 1000) / 10, 99.9))} sure.`
              : `That may be chance: only ${format.percent(Math.floor(sure * 100))} sure. Let both run longer.`}
        </p>
      )}
    </div>
  )
}

function SideBySide({ posts, currency }: { posts: Child[]; currency: string | null }) {
  const winner = best(posts, earned)
  const most = {
    revenue: best(posts, (post) => post.revenue),
    roi: best(posts, (post) => post.roi),
    rate: best(posts, rate),
    visits: best(posts, (post) => post.visits),
    conversions: best(posts, (post) => post.conversions),
  }
  const mark = (post: Child, place: keyof typeof most) =>
    `n ${posts.length > 1 && most[place] === post ? 'strong good' : ''}`
  return (
    <Card title="Side by side">
      <Scroll label="Posts side by side">
        <table>
          <thead>
            <tr>
              <th scope="col" className="grow">
                Post
              </th>
              <th scope="col" className="n">
                Revenue
              </th>
              <th scope="col" className="n hide-sm">
                Cost
              </th>
              <th scope="col" className="n">
                ROI
              </th>
              <th scope="col" className="n hide-sm">
                Visits
              </th>
              <th scope="col" className="n hide-sm">
                Visitors
              </th>
              <th scope="col" className="n hide-sm">
                Orders
              </th>
              <th scope="col" className="n">
                Rate
              </th>
            </tr>
          </thead>
          <tbody>
            {posts.map((post) => (
              <tr key={post.id}>
                <th scope="row">
                  <CampaignName id={post.id} name={post.name} platform={post.platform}>
                    {post === winner && posts.length > 1 && (
                      <div>
                        <span className="tag best">Earns the most</span>
                      </div>
                    )}
                  </CampaignName>
                </th>
                <td className={mark(post, 'revenue')}>{format.money(post.revenue, currency)}</td>
                <td className="n hide-sm">{format.money(post.cost, currency)}</td>
                <td className={`${mark(post, 'roi')} ${post.roi !== null && post.roi < 0 ? 'bad' : ''}`}>
                  {format.percent(post.roi)}
                </td>
                <td className={`${mark(post, 'visits')} hide-sm`}>{format.count(post.visits)}</td>
                <td className="n hide-sm">{format.count(post.unique_visitors)}</td>
                <td className={`${mark(post, 'conversions')} hide-sm`}>{format.count(post.conversions)}</td>
                <td className={mark(post, 'rate')}>{format.percent(post.conversion_rate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  )
}

/** How many of the row's visitors the column reached, too. */
function Overlap({ pairs }: { pairs: CommonVisitors[] }) {
  const posts = new Map<string, { name: string; visitors: number }>()
  const common = new Map<string, number>()
  for (const pair of pairs) {
    posts.set(pair.child_id, { name: pair.name, visitors: pair.visitors })
    posts.set(pair.other_id, { name: pair.other_name, visitors: pair.other_visitors })
    common.set(`${pair.child_id} ${pair.other_id}`, pair.common_visitors)
    common.set(`${pair.other_id} ${pair.child_id}`, pair.common_visitors)
  }
  const list = [...posts].map(([id, post]) => ({ id, ...post }))
  const share = (row: (typeof list)[number], column: (typeof list)[number]) =>
    (common.get(`${row.id} ${column.id}`) ?? 0) / Math.max(row.visitors, 1)
  const largest = Math.max(
    ...list.flatMap((row) => list.filter((column) => column !== row).map((column) => share(row, column))),
    0,
  )
  return (
    <Card title="Do they reach the same people?">
      {list.length < 2 ? (
        <p className="muted pad" style={{ paddingTop: 0 }}>
          It takes two visited posts to compare.
        </p>
      ) : (
        <>
          <p className="muted small pad" style={{ paddingBlock: '0 12px' }}>
            Each row: of its visitors, how many came by the column’s post, too.
          </p>
          <Scroll label="Common visitors">
            <table className="matrix">
              <thead>
                <tr>
                  <th scope="col">
                    <span className="unseen">Post</span>
                  </th>
                  {list.map((column, place) => (
                    <th scope="col" key={column.id} title={column.name}>
                      <span aria-hidden>{place + 1}</span>
                      <span className="unseen">{column.name}</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {list.map((row, place) => (
                  <tr key={row.id}>
                    <th scope="row">
                      <span className="muted number">{place + 1}</span> {row.name}
                      <div className="small muted number">{format.count(row.visitors)} visitors</div>
                    </th>
                    {list.map((column) => {
                      const value = share(row, column)
                      return row === column ? (
                        <td key={column.id} className="muted">
                          <span className="unseen">the same post</span>
                        </td>
                      ) : (
                        <td
                          key={column.id}
                          title={`${format.count(common.get(`${row.id} ${column.id}`) ?? 0)} common visitors`}
                          style={{
                            background: `color-mix(in srgb, var(--bar) ${largest === 0 ? 0 : Math.round((value / largest) * 100)}%, transparent)`,
                          }}
                        >
                          {format.share(value)}
                        </td>
                      )
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </>
      )}
    </Card>
  )
}
