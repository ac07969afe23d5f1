/** Which days the page shows. */
import { Button, Popover, Switch, UnstyledButton } from '@mantine/core'
import { IconCalendar, IconCheck, IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'

import { PRESETS, todayIn, useChooseRange, useRange, type Preset } from '../lib/range'
import { useMe } from '../session'

export function RangePicker({ comparable = true }: { comparable?: boolean }) {
  const range = useRange()
  const choose = useChooseRange()
  const [open, setOpen] = useState(false)
  const { timezone } = useMe()
  const [own, setOwn] = useState<{ start: string; end: string } | null>(null)
  const today = todayIn(timezone)
  const { start, end } = own ?? { start: range.start ?? today, end: range.end ?? today }
  const toggle = (opened: boolean) => {
    setOpen(opened)
    setOwn(null)
  }
  const pick = (preset: Preset) => {
    choose({ preset })
    toggle(false)
  }
  return (
    <Popover opened={open} onChange={toggle} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconCalendar size={17} stroke={1.7} />}
          rightSection={<IconChevronDown size={15} />}
          onClick={() => toggle(!open)}
          aria-label={`Days shown: ${range.label}`}
        >
          {range.label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} w={308} aria-label="Days shown">
        <div role="group" aria-label="Presets">
          {Object.entries(PRESETS).map(([preset, label]) => (
            <UnstyledButton
              key={preset}
              className="choice"
              aria-pressed={range.preset === preset}
              onClick={() => pick(preset as Preset)}
            >
              {label}
              {range.preset === preset && <IconCheck size={16} aria-hidden />}
            </UnstyledButton>
          ))}
        </div>
        <form
          className="own-days"
          onSubmit={(event) => {
            event.preventDefault()
            if (start <= end) {
              choose({ start, end })
              toggle(false)
            }
          }}
        >
          <label>
            From
            <input
              type="date"
              required
              max={end}
              value={start}
              onChange={(event) => setOwn({ start: event.target.value, end })}
            />
          </label>
          <label>
            To
            <input
              type="date"
              required
              min={start}
              value={end}
              onChange={(event) => setOwn({ start, end: event.target.value })}
            />
          </label>
          <Button type="submit" size="xs" fullWidth>
            Show these days
          </Button>
        </form>
        {comparable && range.preset !== 'all' && (
          <Switch
            className="compare"
            label="Compare with the days before"
            checked={range.compared}
            onChange={(event) => choose({ compared: event.target.checked })}
          />
        )}
        <p className="small muted" style={{ padding: '6px 10px 4px' }}>
          Days are those of {timezone}.
        </p>
      </Popover.Dropdown>
    </Popover>
  )
}
