/** What stands where figures will stand, cannot stand, or do not exist yet. */
import { Button, Skeleton } from '@mantine/core'
import { IconCloudOff, IconLock } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import { Refused } from '../api/client'

export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div className="card pad stack tight" aria-busy="true">
      <span className="unseen" role="status">
        Loading
      </span>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={row === 0 ? 24 : 16} width={`${95 - ((row * 17) % 50)}%`} radius="sm" />
      ))}
    </div>
  )
}

export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="empty">
      {icon !== undefined && (
        <span className="medal" aria-hidden>
          {icon}
        </span>
      )}
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  )
}

/** An error, with what can be done about it. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { title, advice, id } = explained(error)
  return (
    <div className="card" role="alert">
      <Empty
        icon={title === 'Not allowed' ? <IconLock size={22} /> : <IconCloudOff size={22} />}
        title={title}
        action={
          retry !== undefined && (
            <Button variant="default" mt="xs" onClick={retry}>
              Try again
            </Button>
          )
        }
      >
        {advice}
        {id !== null && <span className="small"> (request {id})</span>}
      </Empty>
    </div>
  )
}

function explained(error: unknown): { title: string; advice: string; id: string | null } {
  if (!(error instanceof Refused))
    return { title: 'Something went wrong', advice: error instanceof Error ? error.message : String(error), id: null }
  const { status, message, requestId: id } = error
  switch (true) {
    case status === 0:
      return {
        title: 'No connection',
        advice: 'The service cannot be reached. Check that it runs, and your network.',
        id,
      }
    case status === 403:
      return { title: 'Not allowed', advice: 'This needs the key of an administrator.', id }
    case status === 404:
      return { title: 'Not found', advice: message, id }
    case status === 429:
      return { title: 'Too many requests', advice: 'Wait a few seconds, then try again.', id }
    case status >= 500:
      return { title: 'The service could not answer', advice: message, id }
    default:
      return { title: 'That was not accepted', advice: message, id }
  }
}
