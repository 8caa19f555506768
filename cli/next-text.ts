/** The commands that a person may want next, when a run has ended. They go to stderr: the result is on stdout. */
import { oneOffs } from '../core/store.ts'
import type { RunResult } from '../runners/local.ts'
import { countText } from './number-text.ts'
import { oddItem } from './oddities-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { placeFlags } from './place-flags.ts'

export interface Ended {
  result: Pick<RunResult, 'pipeline' | 'version' | 'stats' | 'outputs'>
  /** The version that it is based on, if any. */
  base: string | null
  flags: StoreFlags & { offline?: boolean }
}

/** A line a command, behind what it does. */
export function nextText({ result, base, flags }: Ended): string {
  const { pipeline, version, stats, outputs } = result
  const isOneOff = pipeline === oneOffs
  const which = isOneOff ? version : `${pipeline} ${version}`
  const rows: [does: string, command: string][] = []
  if (stats.failed > 0) rows.push(['Show what failed, and why', `show ${which}`])
  if (stats.failed > 0 && !isOneOff) rows.push([`Ask again for ${those(stats.failed)}`, again(pipeline, flags)])
  const odd = oddItem(stats.steps)
  if (odd !== undefined && /^[\w.@:+-]+$/.test(odd)) rows.push(['Look at an odd answer', `show ${which} ${odd}`])
  if (base !== null) rows.push([`Compare with ${base}`, `compare ${pipeline} ${base} ${version}`])
  if (stats.failed === 0 && base === null) rows.push(['Show it', `show ${which}`])
  if (isTable(outputs.at(-1)) && hasAnswers(stats, base))
    rows.push(['Save the answers as a table', `export ${which} --output answers.csv`])
  if (!isOneOff) rows.push(['List all versions', `list ${pipeline} --all`])
  const width = Math.max(...rows.map(([does]) => does.length)) + 1
  const place = placeFlags(flags)
  return `\nNext:\n${rows.map(([does, command]) => `  ${`${does}:`.padEnd(width)} itemwise ${command}${place}\n`).join('')}`
}

/** A single call may have answered with a text, which is no table. */
function isTable(output = ''): boolean {
  return !/\.(md|txt)$/.test(output)
}

/** Whether the last step has any; those of a base are not counted here. */
function hasAnswers({ steps }: RunResult['stats'], base: string | null): boolean {
  const { items, skipped, failed } = steps.at(-1) ?? { items: 0, skipped: 0, failed: 0 }
  return base !== null || items - skipped - failed > 0
}

function again(pipeline: string, { offline }: Ended['flags']): string {
  return `rerun ${pipeline} --failed${offline ? ' --offline' : ''}`
}

function those(failed: number): string {
  return failed === 1 ? 'the one that failed' : `the ${countText(failed)} that failed`
}
