/** One figure over time, and the same for the days before. */
import { useElementSize } from '@mantine/hooks'
import { Area, AreaChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts'

export interface Point {
  /** For the axis. */
  label: string
  /** For the tip. */
  title: string
  value: number
  before?: number | undefined
  beforeTitle?: string | undefined
}

interface Props {
  points: Point[]
  name: string
  write: (value: number) => string
  writeShort: (value: number) => string
}

export default function TimeChart({ points, name, write, writeShort }: Props) {
  const { ref, width, height } = useElementSize()
  const compared = points.some((point) => point.before !== undefined)
  return (
    <div ref={ref} style={{ width: '100%', height: '100%' }}>
      {/* A page that is about to be left has no room for it. */}
      {width > 0 && height > 0 && (
        <AreaChart
          width={width}
          height={height}
          data={points}
          margin={{ top: 12, right: 4, bottom: 0, left: 0 }}
          title={name}
          desc={`${name} over time. Use the left and right arrow keys to hear each value.`}
        >
          <defs>
            <linearGradient id="under" x1="0" y1="0" x2="0" y2="1">
              <stop offset="0%" stopColor="var(--chart)" stopOpacity={0.22} />
              <stop offset="100%" stopColor="var(--chart)" stopOpacity={0.02} />
            </linearGradient>
          </defs>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="label"
            tickLine={false}
            axisLine={false}
            tickMargin={10}
            minTickGap={28}
            interval="equidistantPreserveStart"
          />
          <YAxis
            tickLine={false}
            axisLine={false}
            width={58}
            tickFormatter={writeShort}
            allowDecimals={false}
            tickCount={5}
            domain={[(low: number) => Math.min(low, 0), 'auto']}
          />
          <Tooltip
            cursor={{ stroke: 'var(--line-strong)' }}
            isAnimationActive={false}
            content={({ active, payload }) => {
              const point = active ? (payload[0]?.payload as Point | undefined) : undefined
              return point === undefined ? null : <Tip point={point} write={write} name={name} />
            }}
          />
          {compared && (
            <Area
              dataKey="before"
              fill="none"
              stroke="var(--chart-before)"
              strokeWidth={1.5}
              strokeDasharray="4 4"
              dot={false}
              activeDot={false}
              isAnimationActive={false}
            />
          )}
          <Area
            dataKey="value"
            stroke="var(--chart)"
            strokeWidth={2.25}
            fill="url(#under)"
            dot={points.length === 1}
            activeDot={{ r: 4.5, strokeWidth: 2, stroke: 'var(--card)', fill: 'var(--chart)' }}
            isAnimationActive={false}
            type="monotone"
          />
        </AreaChart>
      )}
    </div>
  )
}

function Tip({ point, name, write }: { point: Point; name: string; write: (value: number) => string }) {
  return (
    <div className="tip">
      <strong>{name}</strong>
      <dl>
        <dt>{point.title}</dt>
        <dd>{write(point.value)}</dd>
        {point.before !== undefined && (
          <>
            <dt>{point.beforeTitle}</dt>
            <dd className="muted">{write(point.before)}</dd>
          </>
        )}
      </dl>
    </div>
  )
}
