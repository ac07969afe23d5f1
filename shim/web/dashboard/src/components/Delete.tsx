/** Asks before campaigns are deleted, and counts what would go with them. */
import { Button, Checkbox, Modal, Skeleton } from '@mantine/core'
import { useState } from 'react'

import { useDeleteCampaigns, useDeletion, useSetActive } from '../api/queries'
import * as format from '../lib/format'
import { tell, tellError } from './Notes'
import { Failed } from './States'

interface Props {
  /** Those to delete, by id; none: nothing is asked. */
  ids: string[]
  /** How to call them. */
  name: string
  close: () => void
  done?: () => void
}

export function Delete({ ids, name, close, done }: Props) {
  return (
    <Modal opened={ids.length > 0} onClose={close} title={`Delete ${name}?`}>
      {ids.length > 0 && <Content key={ids.join()} ids={ids} name={name} close={close} done={done} />}
    </Modal>
  )
}

function Content({ ids, name, close, done }: Props) {
  const counts = useDeletion(ids, true)
  const remove = useDeleteCampaigns()
  const setActive = useSetActive()
  const [sure, setSure] = useState(false)
  if (counts.isError) return <Failed error={counts.error} retry={() => void counts.refetch()} />
  const found = counts.data
  const children = found === undefined ? 0 : found.campaigns - ids.length
  const hasHistory = found !== undefined && found.conversions > 0
  const finish = (text: string) => {
    tell(text)
    close()
    done?.()
  }
  return (
    <div className="stack">
      {found === undefined ? (
        <Skeleton height={72} />
      ) : (
        <div className="callout wrong" role="alert">
          <h3>This goes, and cannot be brought back</h3>
          <ul style={{ margin: 0, paddingLeft: 18 }}>
            <li>
              {plural(found.campaigns, 'campaign')}
              {children > 0 && ` (${format.count(children)} of them under the chosen)`}
            </li>
            <li>{plural(found.visits, 'visit')}</li>
            <li>
              {plural(found.conversions, 'conversion')}
              {hasHistory && ', and their revenue in every report'}
            </li>
          </ul>
        </div>
      )}
      {hasHistory && (
        <>
          <p className="muted">
            Deactivate instead to stop counting clicks and keep the history. The shop’s orders stay either way.
          </p>
          <Checkbox
            label={`I want to lose ${plural(found.conversions, 'conversion')}`}
            checked={sure}
            onChange={(event) => setSure(event.target.checked)}
          />
        </>
      )}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={close} data-autofocus>
          Keep
        </Button>
        {hasHistory && (
          <Button
            variant="default"
            loading={setActive.isPending}
            onClick={() =>
              setActive.mutate(
                { ids, active: false },
                { onSuccess: () => finish(`${name} deactivated`), onError: tellError },
              )
            }
          >
            Deactivate
          </Button>
        )}
        <Button
          color="#b42332"
          disabled={found === undefined || (hasHistory && !sure)}
          loading={remove.isPending}
          onClick={() => remove.mutate(ids, { onSuccess: () => finish(`${name} deleted`), onError: tellError })}
        >
          Delete
        </Button>
      </div>
    </div>
  )
}

function plural(number: number, noun: string): string {
  return `${format.count(number)} ${noun}${number === 1 ? '' : 's'}`
}
