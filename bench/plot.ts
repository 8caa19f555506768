/** The picture for the docs: wall-clock time and peak memory of each program, as bars. */
import type { Row } from './rows.ts'

const colours: Record<string, string> = { itemwise: '#0969da', floor: '#8c959f', promptfoo: '#bf8700' }
const names: Record<string, string> = {
  itemwise: 'Itemwise',
  floor: 'raw SDK, one file an answer',
  promptfoo: 'promptfoo',
}

const width = 760
const barsFrom = 210
const longestBar = 380
const lineHeight = 24
const caption = 'Wall-clock time and peak memory, 64 calls at once, model on the loopback. Shorter is better.'

export function plot(rows: Row[]): string {
  const body: string[] = [text(10, 24, caption, '#57606a')]
  let y = 34
  for (const panel of panelsOf(rows)) {
    y += lineHeight
    body.push(text(10, y, titleOf(panel[0] as Row), '#1f2328', 600))
    const longest = Math.max(...panel.map(({ wall }) => wall))
    for (const row of panel) {
      y += lineHeight
      body.push(bar(row, y, (row.wall / longest) * longestBar))
    }
    y += 10
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 10}" width="${width}" height="${y + 10}" font-family="system-ui, sans-serif" font-size="13">\n<title>Wall-clock time and peak memory of Itemwise, a loop around the raw SDK, and promptfoo</title>\n<rect width="${width}" height="${y + 10}" fill="#fff"/>\n${body.join('\n')}\n</svg>\n`
}

/** The runs of one number of items at one latency beside each other, the fastest first. */
function panelsOf(rows: Row[]): Row[][] {
  const runs = rows.filter((row) => row.case === 'run')
  const panels = Object.values(Object.groupBy(runs, ({ items, latency_ms }) => `${items}/${latency_ms}`))
  return panels
    .map((panel = []) => panel.toSorted((a, b) => a.wall - b.wall))
    .sort(([a], [b]) => (a?.latency_ms ?? 0) - (b?.latency_ms ?? 0) || (a?.items ?? 0) - (b?.items ?? 0))
}

function titleOf({ items, latency_ms }: Row): string {
  return `${items.toLocaleString('en-US')} items, each answered after ${latency_ms} ms`
}

function bar({ program, wall, peak_mb }: Row, y: number, length: number): string {
  const drawn = Math.max(2, length)
  const rect = `<rect x="${barsFrom}" y="${y - 13}" width="${drawn.toFixed(1)}" height="17" fill="${colours[program] ?? '#57606a'}"/>`
  const figures = `${wall.toFixed(1)} s, ${Math.round(peak_mb)} MB`
  return text(10, y, names[program] ?? program, '#57606a') + rect + text(barsFrom + drawn + 6, y, figures, '#1f2328')
}

function text(x: number, y: number, content: string, fill: string, weight = 400): string {
  return `<text x="${x.toFixed(1)}" y="${y}" fill="${fill}" font-weight="${weight}">${content}</text>`
}
