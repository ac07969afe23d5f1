/** A short list where the length of a bar shows each row's share. */
import { Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'

export interface BarRow {
  key: string
  label: ReactNode
  /** 0 or more; the longest bar is the largest. */
  size: number
  values: ReactNode[]
}

export function BarList({
  columns,
  rows,
  empty,
}: {
  columns: [string, ...string[]]
  rows: BarRow[] | undefined
  empty: string
}) {
  if (rows === undefined) {
    return (
      <div className="stack tight pad" style={{ paddingTop: 0 }} aria-busy>
        {[80, 60, 45, 30].map((width) => (
          <Skeleton key={width} height={26} width={`${width}%`} radius="md" />
        ))}
      </div>
    )
  }
  if (rows.length === 0) {
    return (
      <p className="muted pad" style={{ paddingTop: 0 }}>
        {empty}
      </p>
    )
  }
  const largest = Math.max(...rows.map((row) => row.size), 0)
  return (
    <table className="bars">
      <thead>
        <tr>
          {columns.map((column, place) => (
            <th key={column} scope="col" className={place === 0 ? undefined : 'n'}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">
              <div
                className="bar"
                style={{ width: `${largest === 0 ? 0 : Math.max((row.size / largest) * 100, 0.5)}%` }}
                aria-hidden
              />
              <div className="bar-label">{row.label}</div>
            </th>
            {row.values.map((value, place) => (
              <td className="n" key={place}>
                {value}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
