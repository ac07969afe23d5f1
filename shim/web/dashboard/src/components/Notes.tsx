/** Short notes on what was done, told to screen readers, too. */
import { ActionIcon } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react'
import { useSyncExternalStore } from 'react'

interface Note {
  id: number
  text: string
  wrong: boolean
}

let notes: readonly Note[] = []
let made = 0
const listeners = new Set<() => void>()

function become(next: readonly Note[]): void {
  notes = next
  listeners.forEach((listener) => {
    listener()
  })
}

function add(text: string, wrong: boolean): void {
  const id = (made += 1)
  become([...notes.slice(-3), { id, text, wrong }])
  setTimeout(
    () => {
      become(notes.filter((note) => note.id !== id))
    },
    wrong ? 12_000 : 4_000,
  )
}

export function tell(text: string): void {
  add(text, false)
}

export function tellError(error: unknown): void {
  add(error instanceof Error ? error.message : String(error), true)
}

export function Notes() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => notes,
  )
  return (
    <div className="notes" role="status" aria-live="polite">
      {shown.map(({ id, text, wrong }) => (
        <div className="note" key={id}>
          {wrong ? (
            <IconAlertTriangle size={18} className="bad" aria-hidden />
          ) : (
            <IconCheck size={18} className="good" aria-hidden />
          )}
          <span>{text}</span>
          <ActionIcon size="sm" aria-label="Dismiss" onClick={() => become(notes.filter((note) => note.id !== id))}>
            <IconX size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  )
}
