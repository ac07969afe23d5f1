/** Waits for a click in the shop to arrive here: the only test that tells the snippet works. */
import { Button, Loader, Select } from '@mantine/core'
import { IconCircleCheck, IconClockOff, IconExternalLink } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { latestVisits, useCampaigns } from '../api/queries'
import { useMe } from '../session'

/** How long to wait, in milliseconds. */
const PATIENCE = 120_000

const ACTIVE = { search: '', platform: null, type: null, active: true, page: 1 } as const

export function SnippetTest() {
  const [open, setOpen] = useState(false)
  return open ? (
    <Test />
  ) : (
    <div>
      <Button variant="default" onClick={() => setOpen(true)}>
        Test the snippet
      </Button>
    </div>
  )
}

interface Trial {
  id: string
  /** When it began, in milliseconds since 1970. */
  since: number
}

function Test() {
  const { store_url } = useMe()
  const campaigns = useCampaigns(ACTIVE, 50)
  const usable = campaigns.data?.data.filter((campaign) => campaign.tracking_url !== null) ?? []
  const [chosen, setChosen] = useState<string | null>(null)
  const [trial, setTrial] = useState<Trial | null>(null)
  const campaign = usable.find((campaign) => campaign.id === (chosen ?? usable[0]?.id))
  if (campaigns.isSuccess && campaign === undefined) {
    return (
      <p className="muted">
        {store_url === null
          ? 'Set campaign.store_url, or give a campaign a landing page, so that there is a link to test.'
          : 'Make an active campaign first: the test clicks its link.'}
      </p>
    )
  }
  return (
    <div className="stack tight">
      <div className="row" style={{ alignItems: 'flex-end' }}>
        <Select
          label="Click the link of"
          searchable
          value={campaign?.id ?? null}
          onChange={(id) => {
            setChosen(id)
            setTrial(null)
          }}
          data={usable.map(({ id, name }) => ({ value: id, label: name }))}
          style={{ flex: '1 1 240px' }}
        />
        <Button
          component="a"
          href={campaign?.tracking_url ?? undefined}
          target="_blank"
          rel="noreferrer"
          rightSection={<IconExternalLink size={16} />}
          // The clocks of browser and service may differ by a little.
          onClick={() => campaign !== undefined && setTrial({ id: campaign.id, since: Date.now() - 5_000 })}
        >
          Open the shop
        </Button>
      </div>
      <div role="status">
        {trial === null ? (
          <p className="small muted">The shop opens in a new tab. The visit counts like any other.</p>
        ) : (
          <Waiting key={trial.since} trial={trial} />
        )}
      </div>
    </div>
  )
}

function Waiting({ trial }: { trial: Trial }) {
  const seen = useQuery({
    queryKey: ['snippet test', trial.id, trial.since],
    gcTime: 0,
    queryFn: async () => {
      const visits = await latestVisits(trial.id)
      const arrived = visits.some((visit) => Date.parse(visit.last_activity_at) >= trial.since)
      return arrived ? 'arrived' : Date.now() - trial.since > PATIENCE ? 'late' : 'waiting'
    },
    refetchInterval: (query) => (query.state.data === 'arrived' || query.state.data === 'late' ? false : 2_000),
  })
  switch (seen.data) {
    case 'arrived':
      return (
        <p className="row good">
          <IconCircleCheck size={19} aria-hidden /> <strong>It works.</strong> The click arrived.
        </p>
      )
    case 'late':
      return (
        <div className="stack tight">
          <p className="row bad">
            <IconClockOff size={19} aria-hidden /> <strong>No click arrived.</strong>
          </p>
          <ul className="muted" style={{ margin: 0, paddingLeft: 20 }}>
            <li>
              Is the snippet in the page that opened, and does the browser load it (no ad blocker, no
              Content-Security-Policy of the shop in the way)?
            </li>
            <li>May the shop’s pages call this service? Its address must be among the service’s allowed origins.</li>
            <li>Does the link still carry its code when the page opens? A redirect may drop it.</li>
            <li>Does your browser ask not to be tracked? Then it is not.</li>
          </ul>
        </div>
      )
    default:
      return (
        <p className="row muted">
          <Loader size={16} /> Waiting for the click…
        </p>
      )
  }
}
