/** Files the reader takes home: lists as CSV, charts as pictures. */
import { fetched } from '../api/client'

/** Most rows of one file; a spreadsheet holds no more than about ten times as many. */
const MOST_ROWS = 100_000

export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // Not at once: the browser reads it after this turn.
  setTimeout(() => {
    URL.revokeObjectURL(address)
  }, 10_000)
}

/** Saves a list that the service writes as CSV, with the pages after the first. */
export async function saveSheet(
  name: string,
  path: string,
  query: Record<string, string | number | boolean | undefined>,
): Promise<void> {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]))
  const params = new URLSearchParams(given)
  const parts: string[] = []
  let rows = 0
  for (let cursor: string | null = ''; cursor !== null && rows < MOST_ROWS; ) {
    if (cursor !== '') params.set('cursor', cursor)
    const response = await fetched(`${path}?${params}`)
    const text = await response.text()
    // Every page has the same header line.
    parts.push(parts.length === 0 ? text : text.slice(text.indexOf('\n') + 1))
    rows += Number(params.get('page_size') ?? 0)
    cursor = response.headers.get('X-Next-Cursor')
  }
  save(name, new Blob(['\uFEFF', ...parts], { type: 'text/csv;charset=utf-8' }))
}

export type Cell = string | number | null

export function saveRows(name: string, columns: string[], rows: Cell[][]): void {
  const lines = [columns, ...rows].map((cells) => cells.map(cell).join(','))
  save(name, new Blob(['\uFEFF', lines.join('\r\n'), '\r\n'], { type: 'text/csv;charset=utf-8' }))
}

function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  // A spreadsheet would take these for a formula.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const MARGIN = 24
const HEAD = 44

/** Saves a chart as it stands on the page, twice as fine, with a title over it. */
export async function savePicture(name: string, title: string, chart: SVGSVGElement): Promise<void> {
  const { width, height } = chart.getBoundingClientRect()
  const copy = styled(chart)
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  const address = URL.createObjectURL(
    new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }),
  )
  try {
    const picture = new Image()
    picture.src = address
    await picture.decode()
    const canvas = document.createElement('canvas')
    const scale = 2
    canvas.width = (width + 2 * MARGIN) * scale
    canvas.height = (height + HEAD + 2 * MARGIN) * scale
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('this browser cannot draw')
    const page = getComputedStyle(document.body)
    context.scale(scale, scale)
    context.fillStyle = page.backgroundColor
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.fillStyle = page.color
    context.font = `600 16px ${page.fontFamily}`
    context.fillText(title, MARGIN, MARGIN + 16)
    context.drawImage(picture, MARGIN, MARGIN + HEAD, width, height)
    const blob = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, 'image/png')
    })
    if (blob === null) throw new Error('this browser cannot write a picture')
    save(name, blob)
  } finally {
    URL.revokeObjectURL(address)
  }
}

const KEPT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
]

/** A copy that looks the same without the page's style sheets. */
function styled(chart: SVGSVGElement): SVGSVGElement {
  const copy = chart.cloneNode(true) as SVGSVGElement
  const originals = [chart, ...chart.querySelectorAll('*')]
  const copies = [copy, ...copy.querySelectorAll('*')]
  originals.forEach((original, place) => {
    const style = getComputedStyle(original)
    const target = copies[place]
    for (const property of KEPT) target?.setAttribute(property, style.getPropertyValue(property))
    target?.removeAttribute('class')
  })
  return copy
}

/** A name that every file system takes. */
export function fileName(...parts: (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== '')
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replace(/-+(?=\.\w+$)/, '')
}
