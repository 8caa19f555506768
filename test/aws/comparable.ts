/** The files of a version without what no two runs have alike: times and ids. */
import type { LedgerLine, Metadata } from '../../core/documents.ts'
import { ofLines } from '../stories/story.ts'

/** What no two runs have alike. */
function withoutChance(path: string, text: string): unknown {
  if (path.endsWith('_ledger.jsonl'))
    return ofLines<LedgerLine & { line_check: string }>(text).map(
      ({ milliseconds: _ms, request_id: _id, line_check: _check, ...line }) => line,
    )
  if (path.endsWith('_errors.json'))
    return JSON.parse(text).map(({ request_id: _id, ...row }: { request_id: string | null }) => row)
  if (path.endsWith('metadata.json')) {
    const { timestamp: _time, duration_seconds: _seconds, logs, ...metadata }: Metadata = JSON.parse(text)
    // Items fail side by side, so the order of what is told of them is chance, too.
    const told = logs.map(({ time: _at, ...entry }) => withoutIds(JSON.stringify(entry))).sort()
    return { ...metadata, logs: told }
  }
  // Where lines stand in a ledger depends on how long the times and request ids in it are.
  if (path.includes('.index/')) return 'an index'
  if (path.endsWith('run.json')) {
    const { run_id: _id, created: _created, ...run } = JSON.parse(text)
    return run
  }
  return text
}

/** Of message batches, and when they expire. */
function withoutIds(text: string): string {
  return text.replace(/msgbatch_\w+/g, 'msgbatch').replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'a time')
}

export function comparable(tree: Map<string, string>): Record<string, unknown> {
  return Object.fromEntries([...tree].sort().map(([path, text]) => [path, withoutChance(path, text)]))
}
