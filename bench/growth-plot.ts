/** The picture of how each command grows: its time over the number of items, both in powers of ten. */
import type { Row } from './rows.ts'

const width = 760
const height = 460
const area = { left: 60, right: 560, top: 40, bottom: 410 }
const colours = ['#0969da', '#bf8700', '#8250df', '#1a7f37', '#cf222e', '#57606a', '#0550ae', '#953800', '#6e7781']
const sizes = [1000, 10_000, 100_000, 1_000_000]
const seconds = [0.1, 1, 10, 100, 1000]
const caption = 'Time of each command by the number of items in the version, with made-up answers.'

export function growthPlot(rows: Row[]): string {
  const own = rows.filter(({ program }) => program === 'itemwise')
  const lines = Object.entries(Object.groupBy(own, (row) => row.case)).map(([name, points = []]) => ({
    name,
    points: points.toSorted((a, b) => a.items - b.items),
  }))
  const body = [
    text(10, 24, caption, '#57606a'),
    ...seconds.flatMap((second) => grid(second)),
    ...sizes.map((size) => text(xOf(size) - 24, area.bottom + 20, size.toLocaleString('en-US'), '#57606a')),
    ...lines.flatMap(({ points }, at) => drawn(points, colourOf(at))),
    ...labels(lines),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13">\n<title>${caption}</title>\n<rect width="${width}" height="${height}" fill="#fff"/>\n${body.join('\n')}\n</svg>\n`
}

function xOf(items: number): number {
  return area.left + ((Math.log10(items) - 3) / 3) * (area.right - area.left)
}

function yOf(wall: number): number {
  return area.bottom - ((Math.log10(Math.max(wall, 0.1)) + 1) / 4) * (area.bottom - area.top)
}

function grid(second: number): string[] {
  const y = yOf(second).toFixed(1)
  const line = `<line x1="${area.left}" x2="${area.right}" y1="${y}" y2="${y}" stroke="#d0d7de"/>`
  return [line, text(10, yOf(second) + 4, `${second} s`, '#57606a')]
}

function drawn(points: Row[], colour: string): string[] {
  const places = points.map(({ items, wall }) => `${xOf(items).toFixed(1)},${yOf(wall).toFixed(1)}`)
  const dots = places.map(
    (place) => `<circle cx="${place.split(',')[0]}" cy="${place.split(',')[1]}" r="3" fill="${colour}"/>`,
  )
  return [`<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`, ...dots]
}

/** Puts each name beside the end of its line, and moves it down if two would overlap. */
function labels(lines: { name: string; points: Row[] }[]): string[] {
  const ends = lines.map(({ name, points }, at) => ({ name, colour: colourOf(at), y: yOf(points.at(-1)?.wall ?? 1) }))
  let free = 0
  return ends
    .toSorted((a, b) => a.y - b.y)
    .map(({ name, colour, y }) => {
      free = Math.max(y + 4, free + 16)
      return text(area.right + 12, free, name, colour, 600)
    })
}

function colourOf(at: number): string {
  return colours[at % colours.length] ?? '#57606a'
}

function text(x: number, y: number, content: string, fill: string, weight = 400): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${fill}" font-weight="${weight}">${content}</text>`
}
