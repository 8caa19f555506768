/** The picture for the docs: wall-clock time and peak memory of each program, as bars. */
import type { Row } from './rows.ts'

const colours: Record<string, string> = { itemwise: '#0969da', floor: '#8c959f', promptfoo: '#bf8700' }
const names: Record<string, string> = {
  itemwise: 'Itemwise',
  floor: 'raw SDK, one file an answer',
  promptfoo: 'promptfoo',
}

interface Panel {
  title: string
  rows: { label: string; program: string; value: number; text: string }[]
}

export function plot(rows: Row[]): string {
  const runs = rows.filter((row) => row.case === 'run')
  const cases = [...new Set(runs.map(({ items, latency_ms }) => `${items}/${latency_ms}`))]
  const panels = cases.flatMap((name): Panel[] => {
    const [items, latency] = name.split('/').map(Number)
    const these = runs.filter((row) => row.items === items && row.latency_ms === latency)
    const title = `${items?.toLocaleString('en-US')} items, ${latency} ms`
    return [
      {
        title,
        rows: these.map(({ program, wall, peak_mb }) => ({
          label: names[program] ?? program,
          program,
          value: wall,
          text: `${wall.toFixed(1)} s, ${Math.round(peak_mb)} MB`,
        })),
      },
    ]
  })
  const height = panels.reduce((sum, panel) => sum + 34 + panel.rows.length * 24, 20)
  let y = 10
  const body = panels.map((panel) => {
    const most = Math.max(...panel.rows.map(({ value }) => value))
    y += 20
    const title = `<text x="10" y="${y}" font-weight="600">${panel.title}</text>`
    const bars = panel.rows.map(({ label, program, value, text }) => {
      y += 24
      const width = Math.max(2, (value / most) * 380)
      return `<text x="10" y="${y}" fill="#57606a">${label}</text><rect x="210" y="${y - 13}" width="${width.toFixed(1)}" height="17" fill="${colours[program] ?? '#57606a'}"/><text x="${(216 + width).toFixed(1)}" y="${y}">${text}</text>`
    })
    y += 14
    return title + bars.join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 ${height}" width="760" height="${height}" font-family="system-ui, sans-serif" font-size="13"><rect width="760" height="${height}" fill="#fff"/>${body.join('')}</svg>\n`
}
