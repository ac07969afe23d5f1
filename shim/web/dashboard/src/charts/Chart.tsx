/** The frame of a chart: what it shows, as a picture, as a table, and as files. */
import { ActionIcon, Menu, Skeleton } from '@mantine/core'
import { IconChartAreaLine, IconDots, IconDownload, IconPhoto, IconTable } from '@tabler/icons-react'
import { lazy, Suspense, useRef, useState, type ReactNode } from 'react'

import { tellError } from '../components/Notes'
import { Scroll } from '../components/Scroll'
import { fileName, savePicture, saveRows } from '../lib/files'
import type { Point } from './TimeChart'

const TimeChart = lazy(() => import('./TimeChart'))

interface Props {
  /** undefined while they are asked for. */
  points: Point[] | undefined
  /** What the values are, such as Revenue. */
  name: string
  /** Whose, and when: the title of the picture and the name of the files. */
  about: string
  write: (value: number) => string
  writeShort: (value: number) => string
  /** How the days before are called; undefined without. */
  before?: string | undefined
  children?: ReactNode
}

export function Chart({ points, name, about, write, writeShort, before, children }: Props) {
  const area = useRef<HTMLDivElement>(null)
  const [asTable, setAsTable] = useState(false)
  const compared = before !== undefined && points?.some((point) => point.before !== undefined) === true
  const picture = () => {
    const chart = area.current?.querySelector<SVGSVGElement>('svg.recharts-surface')
    if (chart != null) savePicture(fileName(name, about, '.png'), `${name} · ${about}`, chart).catch(tellError)
  }
  const sheet = () => {
    if (points === undefined) return
    const columns = ['date', name.toLowerCase(), ...(compared ? [`${name.toLowerCase()} before`] : [])]
    saveRows(
      fileName(name, about, '.csv'),
      columns,
      points.map((point) => [point.title, point.value, ...(compared ? [point.before ?? null] : [])]),
    )
  }
  return (
    <div>
      <div className="chart-head">
        <div className="legend">
          {compared && (
            <>
              <span>
                <i aria-hidden /> {about.split(' · ').at(-1)}
              </span>
              <span>
                <i className="before" aria-hidden /> {before}
              </span>
            </>
          )}
        </div>
        <div className="row tight">
          {children}
          <Menu>
            <Menu.Target>
              <ActionIcon aria-label="Chart options">
                <IconDots size={19} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={asTable ? <IconChartAreaLine size={16} /> : <IconTable size={16} />}
                onClick={() => setAsTable(!asTable)}
              >
                {asTable ? 'Show as chart' : 'Show as table'}
              </Menu.Item>
              <Menu.Item leftSection={<IconDownload size={16} />} onClick={sheet} disabled={points === undefined}>
                Save as CSV
              </Menu.Item>
              <Menu.Item
                leftSection={<IconPhoto size={16} />}
                onClick={picture}
                disabled={points === undefined || asTable}
              >
                Save as PNG
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <figure className="chart" aria-label={`${name}, ${about}`}>
        {points === undefined ? (
          <div className="chart-area pad">
            <Skeleton height="100%" radius="md" />
          </div>
        ) : points.length === 0 ? (
          <div className="chart-area empty">
            <p>Nothing was recorded in these days.</p>
          </div>
        ) : asTable ? (
          <Table points={points} name={name} write={write} before={compared ? before : undefined} />
        ) : (
          <div className="chart-area" ref={area}>
            <Suspense fallback={<Skeleton height="100%" radius="md" />}>
              <TimeChart points={points} name={name} write={write} writeShort={writeShort} />
            </Suspense>
          </div>
        )}
      </figure>
    </div>
  )
}

function Table({
  points,
  name,
  write,
  before,
}: {
  points: Point[]
  name: string
  write: (value: number) => string
  before: string | undefined
}) {
  return (
    <Scroll className="chart-area" style={{ overflowY: 'auto' }} label={`${name} as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Date</th>
            <th scope="col" className="n">
              {name}
            </th>
            {before !== undefined && (
              <th scope="col" className="n">
                {before}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {points.map((point, place) => (
            <tr key={place}>
              <td>{point.title}</td>
              <td className="n">{write(point.value)}</td>
              {before !== undefined && (
                <td className="n muted">{point.before === undefined ? '' : write(point.before)}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
