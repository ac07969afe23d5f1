/** The tree of campaigns, level by level, each branch with the figures of all under it. */
import { ActionIcon, Button, Loader } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { Fragment, useState, type ReactNode } from 'react'

import { useBranches, type Branch } from '../api/queries'
import * as format from '../lib/format'
import type { Days } from '../lib/range'
import { CampaignName } from './Platform'
import { Scroll } from './Scroll'
import { Failed, Loading } from './States'

const LEVEL = 100

interface Props {
  range: Days
  /** What stands at the end of each row. */
  actions?: (branch: Branch) => ReactNode
}

export function Tree({ range, actions }: Props) {
  const [limit, setLimit] = useState(LEVEL)
  const roots = useBranches(undefined, range, limit)
  if (roots.isError) return <Failed error={roots.error} retry={() => void roots.refetch()} />
  if (roots.data === undefined) return <Loading rows={8} />
  if (roots.data.length === 0) return <p className="muted pad">There is no campaign yet.</p>
  return (
    <>
      <Scroll label="Tree of campaigns">
        <table aria-busy={roots.isFetching}>
          <thead>
            <tr>
              <th scope="col" className="grow">
                Campaign
              </th>
              <th scope="col" className="n">
                Revenue
              </th>
              <th scope="col" className="n">
                ROI
              </th>
              <th scope="col" className="n hide-sm">
                Cost
              </th>
              <th scope="col" className="n hide-md">
                Orders
              </th>
              <th scope="col" className="n hide-sm">
                Visits
              </th>
              {actions !== undefined && (
                <th scope="col">
                  <span className="unseen">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {roots.data.map((branch) => (
              <Rows key={branch.campaign_id} branch={branch} depth={0} range={range} actions={actions} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {roots.data.length === limit && limit < 1000 && (
        <div className="pad">
          <Button
            variant="default"
            size="sm"
            loading={roots.isFetching}
            onClick={() => setLimit(Math.min(limit * 4, 1000))}
          >
            Show more
          </Button>
        </div>
      )}
    </>
  )
}

function Rows({
  branch,
  depth,
  range,
  actions,
}: {
  branch: Branch
  depth: number
  range: Days
  actions: Props['actions']
}) {
  const [open, setOpen] = useState(false)
  const children = useBranches(branch.campaign_id, range, 1000, open)
  return (
    <Fragment>
      <tr>
        <th scope="row">
          <span className="row tight">
            <span className="indent" style={{ width: depth * 22 }} />
            {branch.child_count > 0 ? (
              <ActionIcon
                size="sm"
                aria-expanded={open}
                aria-label={`${open ? 'Close' : 'Open'} ${branch.name}`}
                onClick={() => setOpen(!open)}
              >
                {open && children.isLoading ? (
                  <Loader size={12} />
                ) : (
                  <IconChevronRight size={16} className={open ? 'turn open' : 'turn'} />
                )}
              </ActionIcon>
            ) : (
              <span className="indent" style={{ width: 22 }} />
            )}
            <CampaignName id={branch.campaign_id} name={branch.name} platform={branch.platform}>
              <div className="small muted">
                {branch.child_count > 0
                  ? `${format.count(branch.child_count)} under it`
                  : format.title(branch.campaign_type)}
                {!branch.is_active && ' · inactive'}
              </div>
            </CampaignName>
          </span>
        </th>
        <td className={`n strong ${branch.revenue < 0 ? 'bad' : ''}`}>
          {format.money(branch.revenue, branch.currency)}
        </td>
        <td className={`n ${branch.roi !== null && branch.roi < 0 ? 'bad' : ''}`}>{format.percent(branch.roi)}</td>
        <td className="n hide-sm">{format.money(branch.cost, branch.currency)}</td>
        <td className="n hide-md">{format.count(branch.conversions)}</td>
        <td className="n hide-sm">{format.count(branch.visits)}</td>
        {actions !== undefined && <td className="n">{actions(branch)}</td>}
      </tr>
      {open &&
        (children.isError ? (
          <tr>
            <td colSpan={7}>
              <Failed error={children.error} retry={() => void children.refetch()} />
            </td>
          </tr>
        ) : (
          children.data?.map((child) => (
            <Rows key={child.campaign_id} branch={child} depth={depth + 1} range={range} actions={actions} />
          ))
        ))}
    </Fragment>
  )
}
