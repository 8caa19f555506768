/** The text of `itemwise show` about a version. */
import type { ErrorRow, LogEntry, StepStats } from '../core/documents.ts'
import type { VersionState } from '../core/store.ts'
import type { HandEdit } from '../core/versions/hand-edited-file.ts'
import { editLines } from './edits-text.ts'
import { countText, moneyText } from './number-text.ts'
import { ofStep } from './oddities-text.ts'
import { printable } from './printable.ts'
import {
  effortLines,
  originLines,
  rule,
  spendingLines,
  versionTitle,
  type Waiting,
  waitingLines,
} from './version-text.ts'

/** A version with what its files say. */
export interface ShownVersion {
  pipeline: string
  latest: string | undefined
  state: VersionState & Waiting
  /** How many items it processed itself. */
  items: number
  steps: ShownStep[]
  /** USD; null if it is not known. */
  cachingSaved: number | null
  /** Path of the version's folder in the workspace. */
  folder: string
  /** What a person changed in its files. */
  edits: HandEdit[]
  /** The versions below it whose own answers were odd, of which it may have taken some over. */
  oddBefore: string[]
}

export interface ShownStep {
  step: number
  prompt_name: string
  stats: StepStats | null
  failures: ErrorRow[]
  /** Paths of what there is: the collated array, the ledger, the errors. */
  files: string[]
}

/** Where it came from, counts and failures a step, what a person should know, and where the files are. */
export function versionText(shown: ShownVersion): string {
  const { pipeline, latest, state, steps, folder } = shown
  const about = [...originLines(state.metadata), ...waitingLines(state), ...effortLines(state.metadata, shown.items)]
  if (shown.cachingSaved) about.push(`Caching saved: ${moneyText(shown.cachingSaved)}`)
  const parts = [
    [rule, `PIPELINE: ${pipeline}`, versionTitle(state, latest), rule],
    about,
    ...steps.map(stepLines),
    oddBeforeLines(shown),
    editedLines(shown),
    logLines(state.metadata.logs),
    [`Files: ${folder}`, ...steps.flatMap(({ files }) => files.map((file) => `  ${file}`))],
  ]
  const blocks = parts.filter((lines) => lines.length > 0)
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function stepLines({ step, prompt_name, stats, failures }: ShownStep): string[] {
  const counts = stats === null ? [] : [countsText(stats), ...spendingLines(stats)]
  const model = stats === null ? '' : `, ${stats.model}`
  const odd = ofStep(stats?.oddities ?? [])
  return [
    `Step ${step} (${prompt_name}${model}):`,
    ...counts.map((line) => `  ${line}`),
    ...failureLines(failures),
    ...(odd.length === 0 ? [] : ['  Odd:', ...odd.map((line) => `  ${line}`)]),
  ]
}

function countsText({ items, processed, carried_over, skipped, failed }: StepStats): string {
  const others = [
    [carried_over, 'carried over'],
    [skipped, 'skipped'],
    [failed, 'failed'],
  ] as const
  const told = others.filter(([count]) => count > 0).map(([count, word]) => `${countText(count)} ${word}`)
  return [`${countText(items)} items: ${countText(processed)} processed`, ...told].join(', ')
}

// More would scroll the rest away; the errors file has them all.
const mostShown = 20

function failureLines(failures: ErrorRow[]): string[] {
  const shown = failures.slice(0, mostShown).map((row) => `    ${failureText(row)}`)
  if (failures.length > mostShown) shown.push(`    and ${failures.length - mostShown} more in the errors file`)
  return shown.length === 0 ? [] : ['  Failures:', ...shown]
}

function failureText({ item_id, kind, error, kept, carried }: ErrorRow): string {
  const end = kept === undefined ? (carried ? ' [failed in the base]' : '') : ` [answer of ${kept} kept]`
  return `${printable(item_id)} (${kind}): ${printable(error)}${end}`
}

/** Only the answers that a version asked for are looked at. */
function oddBeforeLines({ pipeline, oddBefore }: ShownVersion): string[] {
  if (oddBefore.length === 0) return []
  const versions = oddBefore.map((version) => `  itemwise show ${pipeline} ${version}`)
  return ['Odd among what was carried over, if it was not asked for again:', ...versions]
}

function editedLines({ pipeline, state, edits }: ShownVersion): string[] {
  const lines = editLines({ pipeline, version: state.metadata.version }, edits)
  return lines.length === 0 ? [] : ['Edited:', ...lines.map((line) => `  ${line}`)]
}

function logLines(logs: LogEntry[]): string[] {
  // That an item failed stands among its step's failures.
  const told = logs
    .filter(({ level, item_id }) => level === 'warning' || (level === 'error' && item_id === undefined))
    .slice(-mostShown)
  return told.length === 0 ? [] : ['Log:', ...told.map(({ level, message }) => `  ${level}: ${printable(message)}`)]
}
