/** What one measurement came to, and how it stands in a table. */
import type { Measured } from './measured-run.ts'

export interface Row {
  case: string
  program: string
  items: number
  latency_ms: number
  /** How often it was measured; the times are those of the run in the middle. */
  runs: number
  /** Seconds. */
  wall: number
  /** Seconds of processor time, user and system. */
  processor: number
  /** The most of all runs, in MB. */
  peak_mb: number
  /** What else was measured, such as `efficiency`. */
  more?: Record<string, number>
}

/** The run in the middle of several by its wall clock, with the highest memory of all. */
export function middleOf(all: Measured[]): Pick<Row, 'runs' | 'wall' | 'processor' | 'peak_mb'> {
  const { wall, processor } = all.toSorted((a, b) => a.wall - b.wall)[Math.floor(all.length / 2)] as Measured
  return { runs: all.length, wall, processor, peak_mb: Math.max(...all.map(({ peak_mb }) => peak_mb)) }
}

const heads = ['case', 'program', 'items', 'latency', 'wall', 'processor', 'peak', 'runs']
const widths = [24, 10, 8, 8, 9, 10, 8, 5]

export function headLine(): string {
  return aligned(heads)
}

export function rowLine(row: Row): string {
  const more = Object.entries(row.more ?? {}).map(([name, value]) => `  ${name} ${numberText(value)}`)
  return aligned(cells(row)) + more.join('')
}

/** The rows as a Markdown table. */
export function markdownTable(rows: Row[]): string {
  const line = (texts: string[]) => `| ${texts.join(' | ')} |`
  const body = rows.map((row) => line(cells(row)))
  return [line(heads), '|---|---|--:|--:|--:|--:|--:|--:|', ...body].join('\n')
}

function cells(row: Row): string[] {
  return [
    row.case,
    row.program,
    row.items === 0 ? '' : row.items.toLocaleString('en-US'),
    row.items === 0 ? '' : `${row.latency_ms} ms`,
    `${row.wall.toFixed(2)} s`,
    `${row.processor.toFixed(2)} s`,
    `${Math.round(row.peak_mb)} MB`,
    String(row.runs),
  ]
}

function aligned(texts: string[]): string {
  return texts.map((text, at) => (at < 2 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))).join(' ')
}

function numberText(value: number): string {
  return value < 10 ? value.toFixed(3) : String(Math.round(value))
}
