/** All campaigns, to find and to manage. */
import { ActionIcon, Button, Checkbox, Menu, Pagination, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import {
  IconDots,
  IconDownload,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconSearch,
  IconShare,
  IconSpeakerphone,
  IconTrash,
} from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'

import { filterQuery, PLATFORMS, TYPES, useCampaigns, useSetActive, type Campaign, type Filter } from '../api/queries'
import { Copy } from '../components/Copy'
import { Delete } from '../components/Delete'
import { tell, tellError } from '../components/Notes'
import { Card, PageHead } from '../components/Page'
import { CampaignName, platformName } from '../components/Platform'
import { Share, type Shared } from '../components/Share'
import { Scroll } from '../components/Scroll'
import { Empty, Failed, Loading } from '../components/States'
import { Tree } from '../components/Tree'
import { saveSheet } from '../lib/files'
import * as format from '../lib/format'
import { useIsAdmin, useMe } from '../session'

const PAGE_SIZE = 25
const EVER = { start: undefined, end: undefined }

export default function Campaigns() {
  const admin = useIsAdmin()
  const [params, setParams] = useSearchParams()
  const filter = filterOf(params)
  const isTree = params.get('view') === 'tree'
  const [cleared, setCleared] = useState(0)
  const list = useCampaigns(filter, PAGE_SIZE, !isTree)
  const isFiltered = Object.keys(filterQuery(filter)).length > 0
  const set = (changes: Record<string, string | null>) =>
    setParams(
      (params) => {
        // Other filters find other pages.
        const all: Record<string, string | null> = { page: null, ...changes }
        for (const [name, value] of Object.entries(all)) {
          if (value === null || value === '') params.delete(name)
          else params.set(name, value)
        }
        return params
      },
      { replace: true },
    )
  return (
    <>
      <PageHead title="Campaigns">
        <SegmentedControl
          aria-label="Show as"
          value={isTree ? 'tree' : 'list'}
          onChange={(value) => set({ view: value === 'tree' ? 'tree' : null })}
          data={[
            { value: 'list', label: 'List' },
            { value: 'tree', label: 'Tree' },
          ]}
        />
        {admin && (
          <Button component={Link} href="/campaigns/new" leftSection={<IconPlus size={17} />}>
            New campaign
          </Button>
        )}
      </PageHead>
      <Card label="Campaigns">
        {isTree ? (
          <>
            <p className="muted small pad" style={{ paddingBottom: 4 }}>
              Figures of all time, each campaign with all under it.
            </p>
            <Tree range={EVER} />
          </>
        ) : (
          <>
            <Filters key={cleared} filter={filter} set={set} />
            {list.isError ? (
              <Failed error={list.error} retry={() => void list.refetch()} />
            ) : list.data === undefined ? (
              <Loading rows={10} />
            ) : list.data.paging.total === 0 ? (
              <Nothing
                isFiltered={isFiltered}
                clear={() => {
                  set({ search: null, platform: null, type: null, active: null })
                  setCleared(cleared + 1)
                }}
              />
            ) : (
              <List
                // A selection holds for what it was made of.
                key={JSON.stringify(filter)}
                campaigns={list.data.data}
                busy={list.isFetching}
              />
            )}
            {list.data !== undefined && list.data.paging.total > 0 && (
              <div className="row between pad" style={{ borderTop: '1px solid var(--line)' }}>
                <span className="small muted number">
                  {format.count((filter.page - 1) * PAGE_SIZE + 1)}–
                  {format.count(Math.min(filter.page * PAGE_SIZE, list.data.paging.total))} of{' '}
                  {format.count(list.data.paging.total)}
                </span>
                {list.data.paging.total > PAGE_SIZE && (
                  <Pagination
                    size="sm"
                    total={Math.ceil(list.data.paging.total / PAGE_SIZE)}
                    value={filter.page}
                    onChange={(page) => set({ page: page === 1 ? null : String(page) })}
                    getControlProps={(control) => ({ 'aria-label': `${control} page` })}
                    getItemProps={(page) => ({ 'aria-label': `Page ${page}` })}
                  />
                )}
              </div>
            )}
          </>
        )}
      </Card>
    </>
  )
}

function filterOf(params: URLSearchParams): Filter {
  const active = params.get('active')
  const page = Number(params.get('page') ?? 1)
  return {
    search: params.get('search') ?? '',
    platform: PLATFORMS.find((platform) => platform === params.get('platform')) ?? null,
    type: TYPES.find((type) => type === params.get('type')) ?? null,
    active: active === 'yes' ? true : active === 'no' ? false : null,
    page: Number.isInteger(page) && page > 0 && page < 1_000_000 ? page : 1,
  }
}

function Filters({ filter, set }: { filter: Filter; set: (changes: Record<string, string | null>) => void }) {
  const [search, setSearch] = useState(filter.search)
  const [settled] = useDebouncedValue(search, 250)
  useEffect(() => {
    if (settled.trim() !== filter.search.trim()) set({ search: settled.trim() })
    // Only what is typed leads to the address; the address never leads back into the field.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled])
  return (
    <search className="card-head">
      <TextInput
        type="search"
        aria-label="Search campaigns"
        placeholder="Name, code or description"
        leftSection={<IconSearch size={16} />}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        style={{ flex: '1 1 220px' }}
      />
      <div className="row">
        <Select
          aria-label="Platform"
          w={142}
          value={filter.platform ?? ''}
          onChange={(value) => set({ platform: value })}
          data={[
            { value: '', label: 'Any platform' },
            ...PLATFORMS.map((value) => ({ value, label: platformName(value) })),
          ]}
        />
        <Select
          aria-label="Type"
          w={128}
          value={filter.type ?? ''}
          onChange={(value) => set({ type: value })}
          data={[{ value: '', label: 'Any type' }, ...TYPES.map((value) => ({ value, label: format.title(value) }))]}
        />
        <Select
          aria-label="State"
          w={124}
          value={filter.active === null ? '' : filter.active ? 'yes' : 'no'}
          onChange={(value) => set({ active: value })}
          data={[
            { value: '', label: 'Any state' },
            { value: 'yes', label: 'Active' },
            { value: 'no', label: 'Inactive' },
          ]}
        />
        <ActionIcon
          variant="default"
          size={36}
          aria-label="Save these campaigns as CSV"
          title="Save as CSV"
          onClick={() => {
            saveSheet('campaigns.csv', '/campaigns.csv', { ...filterQuery(filter), page_size: 1000 }).catch(tellError)
          }}
        >
          <IconDownload size={17} stroke={1.7} />
        </ActionIcon>
      </div>
    </search>
  )
}

function Nothing({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  const admin = useIsAdmin()
  return isFiltered ? (
    <Empty
      icon={<IconSearch size={22} />}
      title="No campaign fits"
      action={
        <Button variant="default" mt="xs" onClick={clear}>
          Clear the filters
        </Button>
      }
    >
      Search for less, or in all platforms and types.
    </Empty>
  ) : (
    <Empty
      icon={<IconSpeakerphone size={22} />}
      title="No campaigns yet"
      action={
        admin && (
          <Button component={Link} href="/campaigns/new" leftSection={<IconPlus size={17} />} mt="xs">
            New campaign
          </Button>
        )
      }
    >
      Make one for each post. It gets a link of its own, and the orders that come by that link are credited to it.
    </Empty>
  )
}

function List({ campaigns, busy }: { campaigns: Campaign[]; busy: boolean }) {
  const admin = useIsAdmin()
  const { currency } = useMe()
  const [, go] = useLocation()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [sharing, setSharing] = useState<Shared | null>(null)
  const [deleting, setDeleting] = useState<Campaign[]>([])
  const setActive = useSetActive()
  const selected = campaigns.filter((campaign) => chosen.has(campaign.id))
  const activate = (targets: Campaign[], active: boolean) => {
    const name = targets.length === 1 ? (targets[0]?.name ?? '') : `${format.count(targets.length)} campaigns`
    setActive.mutate(
      { ids: targets.map((target) => target.id), active },
      { onSuccess: () => tell(`${name} ${active ? 'activated' : 'deactivated'}`), onError: tellError },
    )
  }
  const choose = (id: string, isChosen: boolean) => {
    const next = new Set(chosen)
    if (isChosen) next.add(id)
    else next.delete(id)
    setChosen(next)
  }
  return (
    <>
      {admin && selected.length > 0 && (
        <div className="selection" role="group" aria-label="With the chosen campaigns">
          <strong className="number">{format.count(selected.length)} chosen</strong>
          <Button size="xs" variant="default" loading={setActive.isPending} onClick={() => activate(selected, true)}>
            Activate
          </Button>
          <Button size="xs" variant="default" loading={setActive.isPending} onClick={() => activate(selected, false)}>
            Deactivate
          </Button>
          <Button size="xs" variant="default" onClick={() => setDeleting(selected)}>
            Delete…
          </Button>
          <Button size="xs" variant="subtle" color="gray" onClick={() => setChosen(new Set())}>
            Choose none
          </Button>
        </div>
      )}
      <Scroll label="List of campaigns">
        <table aria-busy={busy}>
          <thead>
            <tr>
              {admin && (
                <th scope="col">
                  <Checkbox
                    size="xs"
                    aria-label="Choose all on this page"
                    checked={selected.length === campaigns.length}
                    indeterminate={selected.length > 0 && selected.length < campaigns.length}
                    onChange={(event) =>
                      setChosen(event.target.checked ? new Set(campaigns.map((campaign) => campaign.id)) : new Set())
                    }
                  />
                </th>
              )}
              <th scope="col" className="grow">
                Campaign
              </th>
              <th scope="col" className="hide-md">
                Type
              </th>
              <th scope="col">State</th>
              <th scope="col" className="n hide-sm">
                Spent
              </th>
              <th scope="col" className="n hide-md">
                Budget
              </th>
              <th scope="col" className="hide-md">
                Made
              </th>
              <th scope="col">
                <span className="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {campaigns.map((campaign) => (
              <tr key={campaign.id}>
                {admin && (
                  <td>
                    <Checkbox
                      size="xs"
                      aria-label={`Choose ${campaign.name}`}
                      checked={chosen.has(campaign.id)}
                      onChange={(event) => choose(campaign.id, event.target.checked)}
                    />
                  </td>
                )}
                <th scope="row">
                  <CampaignName id={campaign.id} name={campaign.name} platform={campaign.platform}>
                    <div className="mono muted" style={{ overflowWrap: 'anywhere' }}>
                      {campaign.tracking_code}
                    </div>
                  </CampaignName>
                </th>
                <td className="hide-md">
                  {format.title(campaign.campaign_type)}
                  {campaign.child_count > 0 && (
                    <div className="small muted">{format.count(campaign.child_count)} under it</div>
                  )}
                </td>
                <td>
                  <span className={campaign.is_active ? 'tag on' : 'tag off'}>
                    {campaign.is_active ? 'Active' : 'Inactive'}
                  </span>
                </td>
                <td className="n hide-sm">{format.money(campaign.cost, currency)}</td>
                <td className="n hide-md">{campaign.budget > 0 ? format.money(campaign.budget, currency) : '–'}</td>
                <td className="hide-md small muted" style={{ whiteSpace: 'nowrap' }}>
                  {format.ago(campaign.created_at)}
                </td>
                <td>
                  <div className="row tight" style={{ justifyContent: 'flex-end' }}>
                    {campaign.tracking_url !== null && (
                      <span className="hide-sm">
                        <Copy text={campaign.tracking_url} label={`Copy link of ${campaign.name}`} />
                      </span>
                    )}
                    <Menu>
                      <Menu.Target>
                        <ActionIcon size="md" aria-label={`Actions for ${campaign.name}`}>
                          <IconDots size={18} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item leftSection={<IconShare size={16} />} onClick={() => setSharing(campaign)}>
                          Share…
                        </Menu.Item>
                        {admin && (
                          <>
                            <Menu.Item
                              leftSection={<IconPencil size={16} />}
                              onClick={() => go(`/campaigns/${campaign.id}/edit`)}
                            >
                              Edit
                            </Menu.Item>
                            <Menu.Item
                              leftSection={<IconPlus size={16} />}
                              onClick={() => go(`/campaigns/new?parent=${campaign.id}`)}
                            >
                              Add a post under it
                            </Menu.Item>
                            <Menu.Item
                              leftSection={
                                campaign.is_active ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />
                              }
                              onClick={() => activate([campaign], !campaign.is_active)}
                            >
                              {campaign.is_active ? 'Deactivate' : 'Activate'}
                            </Menu.Item>
                            <Menu.Item
                              className="dangerous"
                              leftSection={<IconTrash size={16} />}
                              onClick={() => setDeleting([campaign])}
                            >
                              Delete…
                            </Menu.Item>
                          </>
                        )}
                      </Menu.Dropdown>
                    </Menu>
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Share campaign={sharing} close={() => setSharing(null)} />
      <Delete
        ids={deleting.map((campaign) => campaign.id)}
        name={deleting.length === 1 ? (deleting[0]?.name ?? '') : `${format.count(deleting.length)} campaigns`}
        close={() => setDeleting([])}
        done={() => setChosen(new Set())}
      />
    </>
  )
}
