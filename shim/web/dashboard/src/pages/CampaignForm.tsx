/** Makes a campaign, or changes one, and shows meanwhile the link it will have. */
import { Button, NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'

import { Refused } from '../api/client'
import {
  PLATFORMS,
  TYPES,
  useCampaign,
  useCampaigns,
  useCreateCampaign,
  usePreview,
  useUpdateCampaign,
  type Campaign,
  type CampaignType,
  type NewCampaign,
  type Platform,
} from '../api/queries'
import { Copy } from '../components/Copy'
import { tell } from '../components/Notes'
import { PageHead } from '../components/Page'
import { platformName } from '../components/Platform'
import { Empty, Failed, Loading } from '../components/States'
import * as format from '../lib/format'
import { useIsAdmin, useMe } from '../session'

export default function CampaignForm({ id }: { id?: string | undefined }) {
  const admin = useIsAdmin()
  const [params] = useSearchParams()
  const parent = params.get('parent') ?? undefined
  const known = useCampaign(id ?? parent)
  if (!admin) {
    return (
      <div className="card">
        <Empty title="Not allowed">Campaigns are made and changed with the key of an administrator.</Empty>
      </div>
    )
  }
  if (known.isError) return <Failed error={known.error} retry={() => void known.refetch()} />
  if ((id ?? parent) !== undefined && known.data === undefined) return <Loading />
  if (id === undefined) return <Make parent={known.data} />
  return known.data && <Change campaign={known.data} />
}

interface Fields {
  name: string
  platform: Platform
  campaign_type: CampaignType
  parent_campaign_id: string | null
  description: string
  post_url: string
  landing_url: string
  tracking_code: string
  cost: number | string
  budget: number | string
  starts_at: string
  ends_at: string
  is_active: boolean
}

const EMPTY: Fields = {
  name: '',
  platform: 'instagram',
  campaign_type: 'post',
  parent_campaign_id: null,
  description: '',
  post_url: '',
  landing_url: '',
  tracking_code: '',
  cost: '',
  budget: '',
  starts_at: '',
  ends_at: '',
  is_active: true,
}

function Make({ parent }: { parent: Campaign | undefined }) {
  const create = useCreateCampaign()
  const [, go] = useLocation()
  return (
    <Form
      title="New campaign"
      start={{ ...EMPTY, parent_campaign_id: parent?.id ?? null, landing_url: parent?.landing_url ?? '' }}
      parent={parent}
      submit="Create campaign"
      busy={create.isPending}
      error={create.error}
      back={parent === undefined ? '/campaigns' : `/campaigns/${parent.id}`}
      save={(fields) =>
        create.mutate(body(fields), {
          onSuccess: (made) => {
            tell(`${made.name} created`)
            go(`/campaigns/${made.id}`)
          },
        })
      }
    />
  )
}

function Change({ campaign }: { campaign: Campaign }) {
  const update = useUpdateCampaign(campaign.id)
  const [, go] = useLocation()
  const start: Fields = {
    name: campaign.name,
    platform: campaign.platform,
    campaign_type: campaign.campaign_type,
    parent_campaign_id: campaign.parent_campaign_id,
    description: campaign.description ?? '',
    post_url: campaign.post_url ?? '',
    landing_url: campaign.landing_url ?? '',
    tracking_code: campaign.tracking_code,
    cost: campaign.cost,
    budget: campaign.budget,
    starts_at: local(campaign.starts_at),
    ends_at: local(campaign.ends_at),
    is_active: campaign.is_active,
  }
  return (
    <Form
      title={`Edit ${campaign.name}`}
      start={start}
      campaign={campaign}
      submit="Save changes"
      busy={update.isPending}
      error={update.error}
      back={`/campaigns/${campaign.id}`}
      save={(fields) =>
        update.mutate(changed(body(start), body(fields)), {
          onSuccess: () => {
            tell(`${fields.name.trim()} saved`)
            go(`/campaigns/${campaign.id}`)
          },
        })
      }
    />
  )
}

/** What the service takes: an empty field is none. */
function body(fields: Fields): NewCampaign {
  const text = (value: string) => (value.trim() === '' ? null : value.trim())
  const amount = (value: number | string) => (value === '' ? 0 : Number(value))
  return {
    name: fields.name.trim(),
    platform: fields.platform,
    campaign_type: fields.campaign_type,
    parent_campaign_id: fields.parent_campaign_id,
    description: text(fields.description),
    post_url: text(fields.post_url),
    landing_url: text(fields.landing_url),
    ...(text(fields.tracking_code) === null ? {} : { tracking_code: fields.tracking_code.trim() }),
    cost: amount(fields.cost),
    budget: amount(fields.budget),
    starts_at: instant(fields.starts_at),
    ends_at: instant(fields.ends_at),
    is_active: fields.is_active,
  }
}

/** Only what is different, so that nobody else's change is undone. */
function changed(before: NewCampaign, after: NewCampaign): Partial<NewCampaign> {
  const fields = Object.entries(after).filter(([name, value]) => before[name as keyof NewCampaign] !== value)
  return Object.fromEntries(fields)
}

/** An instant as a field for date and time wants it, on the reader's clock. */
function local(value: string | null): string {
  if (value === null) return ''
  const date = new Date(value)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function instant(value: string): string | null {
  return value === '' ? null : new Date(value).toISOString()
}

interface Props {
  title: string
  start: Fields
  campaign?: Campaign
  parent?: Campaign | undefined
  submit: string
  busy: boolean
  error: Error | null
  back: string
  save: (fields: Fields) => void
}

function Form({ title, start, campaign, parent, submit, busy, error, back, save }: Props) {
  const { currency } = useMe()
  const [fields, setFields] = useState(start)
  const set = <Name extends keyof Fields>(name: Name, value: Fields[Name]) =>
    setFields((fields) => ({ ...fields, [name]: value }))
  const wrong = errorsOf(error)
  const code = currency ?? ''
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save(fields)
      }}
    >
      <PageHead title={title}>
        <Button component={Link} href={back} variant="default">
          Cancel
        </Button>
        <Button type="submit" loading={busy}>
          {submit}
        </Button>
      </PageHead>
      <div className="form">
        <div className="card pad stack">
          {wrong.general !== undefined && (
            <p className="bad" role="alert">
              {wrong.general}
            </p>
          )}
          <div className="fields">
            <TextInput
              className="wide"
              label="Name"
              placeholder="Summer Dress Reel"
              value={fields.name}
              onChange={(event) => set('name', event.target.value)}
              error={wrong.name}
              required
              maxLength={200}
              data-autofocus
              autoFocus={campaign === undefined}
            />
            <Select
              label="Platform"
              value={fields.platform}
              onChange={(value) => set('platform', value ?? 'other')}
              data={PLATFORMS.map((value) => ({ value, label: platformName(value) }))}
              error={wrong.platform}
            />
            <Select
              label="Type"
              value={fields.campaign_type}
              onChange={(value) => set('campaign_type', value ?? 'post')}
              data={TYPES.map((value) => ({ value, label: format.title(value) }))}
              error={wrong.campaign_type}
            />
            <Parent
              value={fields.parent_campaign_id}
              itself={campaign?.id}
              known={parent}
              choose={(id) => set('parent_campaign_id', id)}
              error={wrong.parent_campaign_id}
            />
            <NumberInput
              label="Cost"
              description={`What was spent on it${code === '' ? '' : `, in ${code}`}`}
              min={0}
              decimalScale={2}
              thousandSeparator
              value={fields.cost}
              onChange={(value) => set('cost', value)}
              error={wrong.cost}
              placeholder="0"
              hideControls
              inputMode="decimal"
            />
            <NumberInput
              label="Budget"
              description={`What may be spent${code === '' ? '' : `, in ${code}`}`}
              min={0}
              decimalScale={2}
              thousandSeparator
              value={fields.budget}
              onChange={(value) => set('budget', value)}
              error={wrong.budget}
              placeholder="0"
              hideControls
              inputMode="decimal"
            />
            <TextInput
              className="wide"
              type="url"
              label="Landing page"
              description="Where the link leads. Empty: the shop’s front page."
              placeholder="https://yourstore.com/summer-dress"
              value={fields.landing_url}
              onChange={(event) => set('landing_url', event.target.value)}
              error={wrong.landing_url}
            />
            <TextInput
              className="wide"
              type="url"
              label="Address of the post"
              placeholder="https://instagram.com/p/…"
              value={fields.post_url}
              onChange={(event) => set('post_url', event.target.value)}
              error={wrong.post_url}
            />
            <TextInput
              className="wide"
              label="Tracking code"
              description={
                campaign === undefined
                  ? 'Empty: one is made from the name.'
                  : 'Links already posted carry the old code and stop counting when it changes.'
              }
              value={fields.tracking_code}
              onChange={(event) => set('tracking_code', event.target.value)}
              error={wrong.tracking_code}
              spellCheck={false}
            />
            <Textarea
              className="wide"
              label="Description"
              autosize
              minRows={2}
              value={fields.description}
              onChange={(event) => set('description', event.target.value)}
              error={wrong.description}
            />
            <TextInput
              type="datetime-local"
              label="Starts"
              value={fields.starts_at}
              onChange={(event) => set('starts_at', event.target.value)}
              error={wrong.starts_at}
            />
            <TextInput
              type="datetime-local"
              label="Ends"
              value={fields.ends_at}
              onChange={(event) => set('ends_at', event.target.value)}
              error={wrong.ends_at}
            />
            <Switch
              className="wide"
              label="Active"
              description="Clicks count only while a campaign is active."
              checked={fields.is_active}
              onChange={(event) => set('is_active', event.target.checked)}
            />
          </div>
        </div>
        <Preview fields={fields} campaign={campaign} />
      </div>
    </form>
  )
}

const NAMES = [
  'name',
  'platform',
  'campaign_type',
  'parent_campaign_id',
  'cost',
  'budget',
  'landing_url',
  'post_url',
  'tracking_code',
  'description',
  'starts_at',
  'ends_at',
] as const

/** The service's complaint, beside the field it speaks of. */
function errorsOf(error: Error | null): Partial<Record<(typeof NAMES)[number] | 'general', string>> {
  if (error === null) return {}
  if (!(error instanceof Refused)) return { general: error.message }
  if (error.code === 'conflict') return { tracking_code: error.message }
  const field = NAMES.find((name) => error.message.startsWith(name))
  return { [field ?? 'general']: error.message.replace(/^\w+: /, '') }
}

/** Another campaign to put this one under; searched for, because there may be thousands. */
function Parent({
  value,
  itself,
  known,
  choose,
  error,
}: {
  value: string | null
  itself: string | undefined
  known: Campaign | undefined
  choose: (id: string | null) => void
  error: string | undefined
}) {
  const [search, setSearch] = useState('')
  const [opened, setOpened] = useState(false)
  const [settled] = useDebouncedValue(search, 250)
  const current = useCampaign(known === undefined && value !== null ? value : undefined)
  const name = known?.id === value ? known.name : current.data?.name
  const found = useCampaigns(
    { search: settled === name ? '' : settled, platform: null, type: null, active: null, page: 1 },
    20,
    opened,
  )
  const options = new Map(
    (found.data?.data ?? [])
      .filter((campaign) => campaign.id !== itself)
      .map((campaign) => [campaign.id, campaign.name]),
  )
  if (value !== null && name !== undefined) options.set(value, name)
  return (
    <Select
      className="wide"
      label="Under"
      description="A campaign that holds several posts together."
      placeholder="Nothing: it stands by itself"
      searchable
      clearable
      allowDeselect
      value={value}
      onChange={choose}
      onSearchChange={setSearch}
      onDropdownOpen={() => setOpened(true)}
      filter={({ options }) => options}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'No campaign of this name'}
      data={[...options].map(([value, label]) => ({ value, label }))}
      error={error}
      clearButtonProps={{ 'aria-label': 'Put it under nothing' }}
    />
  )
}

function Preview({ fields, campaign }: { fields: Fields; campaign: Campaign | undefined }) {
  const { store_url, attribution_window } = useMe()
  const draft = {
    name: fields.name.trim(),
    platform: fields.platform,
    campaign_type: fields.campaign_type,
    landing_url: fields.landing_url.trim(),
    tracking_code: fields.tracking_code.trim(),
  }
  const [settled] = useDebouncedValue(draft, 300)
  const asks = settled.name !== ''
  const preview = usePreview(settled, asks)
  const isOwn = campaign !== undefined && settled.tracking_code.toUpperCase() === campaign.tracking_code.toUpperCase()
  const { data, error } = preview
  return (
    <section className="card pad stack" aria-label="Preview" aria-live="polite" style={{ position: 'sticky', top: 84 }}>
      <h2>The link to post</h2>
      {!asks ? (
        <p className="muted">Give it a name, and its link shows here.</p>
      ) : error !== null && error instanceof Refused ? (
        <p className="bad">{error.message}</p>
      ) : data === undefined ? (
        <p className="muted">…</p>
      ) : (
        <>
          {data.tracking_url === null ? (
            <p className="muted">
              Nobody has said where links lead. Give a landing page here, or set campaign.store_url in the database.
            </p>
          ) : (
            <div className="code">
              {data.tracking_url}
              {isOwn && campaign.tracking_url === data.tracking_url && (
                <Copy text={data.tracking_url} label="Copy link" />
              )}
            </div>
          )}
          <dl className="facts">
            <dt>Code</dt>
            <dd className="mono">{data.tracking_code}</dd>
            <dt>State</dt>
            <dd>
              {isOwn ? (
                'Its own'
              ) : data.is_free ? (
                <span className="good">Free</span>
              ) : (
                <span className="bad">Taken by another campaign</span>
              )}
            </dd>
          </dl>
          <p className="small muted">
            {settled.landing_url === '' && store_url !== null && `It leads to ${store_url}. `}
            An order within {format.span(attribution_window)} of the visitor’s last page view is credited to it, unless
            they clicked another link since.
          </p>
        </>
      )}
    </section>
  )
}
