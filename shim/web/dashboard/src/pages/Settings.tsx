/** The snippet for the shop, the state of the installation, and who may come in. */
import { Button, Modal, Select, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useState } from 'react'

import { useCreateKey, useFailures, useKeys, useRetryFailures, useRevokeKey, useStatus } from '../api/queries'
import { Copy } from '../components/Copy'
import { tell, tellError } from '../components/Notes'
import { Card, PageHead } from '../components/Page'
import { SnippetTest } from '../components/SnippetTest'
import { Scroll } from '../components/Scroll'
import { Failed, Loading } from '../components/States'
import * as format from '../lib/format'
import { useIsAdmin, useMe } from '../session'

export default function Settings() {
  const admin = useIsAdmin()
  return (
    <>
      <PageHead title="Settings" />
      <div className="stack">
        <Snippet />
        <Health />
        <Failures />
        {admin && <Keys />}
      </div>
    </>
  )
}

function Snippet() {
  const tag = `<script defer src="${window.location.origin}/campaign.js"></script>`
  const { store_url } = useMe()
  return (
    <Card title="Snippet">
      <div className="pad stack" style={{ paddingTop: 0 }}>
        <p className="muted">
          Put this line into the head of every page of your shop, once. It records the clicks on your links and keeps
          them alive while visitors look around. No cookies.
        </p>
        <div className="code">
          {tag}
          <Copy text={tag} label="Copy the snippet" />
        </div>
        <p className="muted">
          Send <span className="mono">campaign.sessionId()</span> along with each order, as its{' '}
          <span className="mono">session_id</span>.
          {store_url !== null && URL.canParse(store_url) && (
            <>
              {' '}
              The service must be started with <span className="mono">--allow-origin {new URL(store_url).origin}</span>,
              so that the shop’s pages may call it.
            </>
          )}
        </p>
        <SnippetTest />
      </div>
    </Card>
  )
}

function Health() {
  const status = useStatus()
  const me = useMe()
  if (status.isError) return <Failed error={status.error} retry={() => void status.refetch()} />
  if (status.data === undefined) return <Loading rows={5} />
  const state = status.data
  const matches = state.schema_version === state.version
  return (
    <Card title="Health">
      <dl className="facts pad" style={{ paddingTop: 0 }}>
        <dt>Version</dt>
        <dd>
          {state.version}
          {!matches && (
            <span className="bad">
              {' '}
              — the tables are of version {state.schema_version ?? 'none'}: run campaign_install()
            </span>
          )}
        </dd>
        <dt>Shop</dt>
        <dd>
          {state.orders === null ? (
            <span className="bad">
              No shop is attached: orders are not credited. Run campaign_install(orders =&gt; …).
            </span>
          ) : (
            <>
              <span className="mono">{state.orders}</span>
              {state.customers !== null && (
                <>
                  {' and '}
                  <span className="mono">{state.customers}</span>
                </>
              )}
            </>
          )}
        </dd>
        <dt>Recorded</dt>
        <dd className="number">
          {format.count(state.campaigns)} campaigns, {format.count(state.visits)} visits,{' '}
          {format.count(state.conversions)} conversions
        </dd>
        <dt>Snapshots</dt>
        <dd>
          <SnapshotLag until={state.snapshots_until ?? null} made={state.last_snapshot_at} />
        </dd>
        <dt>Attribution</dt>
        <dd>
          The last click within {format.span(me.attribution_window)} of activity
          {me.click_window !== null && `, at most ${format.span(me.click_window)} old`}
          {me.match_customer && '; else the customer’s last live click'}
        </dd>
        <dt>Days and money</dt>
        <dd>
          {me.timezone}, {me.currency ?? 'no currency yet'}
        </dd>
        <dt>Links lead to</dt>
        <dd>{me.store_url ?? <span className="bad">nowhere: set campaign.store_url in the database</span>}</dd>
      </dl>
    </Card>
  )
}

function SnapshotLag({ until, made }: { until: string | null; made: string | null }) {
  const reach = until ?? made
  return reach === null ? (
    <span className="muted">None yet. Reports are exact without them, only slower with many visits.</span>
  ) : (
    <>
      Reach to {format.moment(reach)}{' '}
      <span className="muted">({format.ago(reach)}). What came later is read live.</span>
    </>
  )
}

function Failures() {
  const failures = useFailures()
  const retry = useRetryFailures()
  const admin = useIsAdmin()
  if (failures.isError) return <Failed error={failures.error} retry={() => void failures.refetch()} />
  if (failures.data === undefined) return <Loading rows={3} />
  const again = () =>
    retry.mutate(undefined, {
      onSuccess: (outcomes) => {
        const resolved = outcomes.filter((outcome) => outcome.resolved).length
        tell(`${format.count(resolved)} of ${format.count(outcomes.length)} resolved`)
      },
      onError: tellError,
    })
  return (
    <Card
      title="Attribution failures"
      aside={
        admin &&
        failures.data.length > 0 && (
          <Button size="xs" variant="default" loading={retry.isPending} onClick={again}>
            Try all again
          </Button>
        )
      }
    >
      {failures.data.length === 0 ? (
        <p className="row pad" style={{ paddingTop: 0 }}>
          <IconCircleCheck size={19} className="good" aria-hidden />{' '}
          <span className="muted">None. Every order was credited, or had no campaign to credit.</span>
        </p>
      ) : (
        <>
          <p className="muted pad" style={{ paddingBlock: '0 8px' }}>
            These orders went through, but crediting them failed. Mend the cause, then try again.
          </p>
          <Scroll label="Attribution failures">
            <table>
              <thead>
                <tr>
                  <th scope="col">Order</th>
                  <th scope="col" className="grow">
                    What went wrong
                  </th>
                  <th scope="col" className="hide-sm">
                    Step
                  </th>
                  <th scope="col" className="n hide-sm">
                    Attempts
                  </th>
                  <th scope="col">Last tried</th>
                </tr>
              </thead>
              <tbody>
                {failures.data.map((failure, place) => (
                  <tr key={failure.order_id ?? place}>
                    <td className="mono">{failure.order_id ?? '–'}</td>
                    <td>
                      {failure.message} <span className="mono muted">{failure.sqlstate}</span>
                    </td>
                    <td className="hide-sm">{failure.step}</td>
                    <td className="n hide-sm">{format.count(failure.attempts)}</td>
                    <td className="small">{format.ago(failure.last_tried_at)}</td>
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

const ROLES = [
  { value: 'analyst', label: 'Analyst: reads everything' },
  { value: 'admin', label: 'Administrator: changes everything' },
] as const

function Keys() {
  const keys = useKeys(true)
  const create = useCreateKey()
  const revoke = useRevokeKey()
  const [name, setName] = useState('')
  const [role, setRole] = useState<'analyst' | 'admin'>('analyst')
  const [made, setMade] = useState<string | null>(null)
  const [revoking, setRevoking] = useState<{ id: string; name: string } | null>(null)
  if (keys.isError) return <Failed error={keys.error} retry={() => void keys.refetch()} />
  if (keys.data === undefined) return <Loading rows={4} />
  const shown = [...keys.data].sort((a, b) => Number(a.revoked_at !== null) - Number(b.revoked_at !== null))
  return (
    <Card title="Keys">
      <form
        className="pad"
        style={{ paddingTop: 0 }}
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate(
            { name: name.trim(), role },
            {
              onSuccess: (created) => {
                setMade(created.key)
                setName('')
              },
              onError: tellError,
            },
          )
        }}
      >
        <div className="row" style={{ alignItems: 'flex-end' }}>
          <TextInput
            label="Name of a new key"
            placeholder="Ana’s dashboard"
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            withAsterisk={false}
            maxLength={200}
            style={{ flex: '1 1 200px' }}
          />
          <Select label="It may" value={role} onChange={(value) => setRole(value ?? 'analyst')} data={ROLES} w={270} />
          <Button type="submit" loading={create.isPending}>
            Make key
          </Button>
        </div>
      </form>
      {made !== null && (
        <div className="pad" style={{ paddingTop: 0 }}>
          <div className="callout fine" role="alert">
            <h3>Keep it now: it is shown this once</h3>
            <div className="code">
              {made}
              <Copy text={made} label="Copy the key" />
            </div>
            <p className="small" style={{ marginTop: 8 }}>
              Or send this link, which signs in:{' '}
              <span className="mono">{`${window.location.origin}/#key=${made}`}</span>
            </p>
            <Button variant="default" size="xs" mt="sm" onClick={() => setMade(null)}>
              I have kept it
            </Button>
          </div>
        </div>
      )}
      {shown.length === 0 ? (
        <p className="muted pad" style={{ paddingTop: 0 }}>
          No keys yet but the one from the service’s configuration. Make one for each person and each program, so that
          you can take it back alone.
        </p>
      ) : (
        <Scroll label="Keys">
          <table>
            <thead>
              <tr>
                <th scope="col" className="grow">
                  Name
                </th>
                <th scope="col">Role</th>
                <th scope="col" className="hide-sm">
                  Made
                </th>
                <th scope="col" className="hide-sm">
                  Last used
                </th>
                <th scope="col">
                  <span className="unseen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((key) => (
                <tr key={key.id}>
                  <th scope="row" className={key.revoked_at === null ? 'strong' : 'muted'}>
                    {key.name}
                  </th>
                  <td>{key.role === 'admin' ? 'Administrator' : 'Analyst'}</td>
                  <td className="small hide-sm">{format.moment(key.created_at)}</td>
                  <td className="small hide-sm">
                    {key.last_used_at === null ? 'never' : format.ago(key.last_used_at)}
                  </td>
                  <td className="n">
                    {key.revoked_at === null ? (
                      <Button
                        size="xs"
                        variant="default"
                        onClick={() => setRevoking(key)}
                        aria-label={`Revoke ${key.name}`}
                      >
                        Revoke
                      </Button>
                    ) : (
                      <span className="tag">revoked {format.ago(key.revoked_at)}</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <Modal opened={revoking !== null} onClose={() => setRevoking(null)} title={`Revoke ${revoking?.name ?? ''}?`}>
        <div className="stack">
          <p>
            <IconAlertTriangle size={17} className="bad" aria-hidden /> Whoever uses this key is locked out within
            seconds. It cannot be given back; make a new one instead.
          </p>
          <div className="row" style={{ justifyContent: 'flex-end' }}>
            <Button variant="default" onClick={() => setRevoking(null)} data-autofocus>
              Keep
            </Button>
            <Button
              color="#b42332"
              loading={revoke.isPending}
              onClick={() => {
                if (revoking !== null)
                  revoke.mutate(revoking.id, {
                    onSuccess: () => tell(`${revoking.name} revoked`),
                    onError: tellError,
                    onSettled: () => setRevoking(null),
                  })
              }}
            >
              Revoke
            </Button>
          </div>
        </div>
      </Modal>
    </Card>
  )
}
