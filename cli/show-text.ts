/** The texts of `itemwise show`: a version, or one item of it. */

import type { ErrorRow, LedgerLine, LogEntry, StepStats } from '../core/documents.ts'
import type { VersionState } from '../core/store.ts'
import type { ItemInStep } from '../core/versions/find-item.ts'
import type { HandEdit } from '../core/versions/hand-edited-file.ts'
import { sideBySide } from './columns.ts'
import { stepName } from './compare-text.ts'
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

// From here on two columns are wide enough to read.
const twoColumns = 120

/** An item in each step: prompt and answer, side by side if the terminal is wide, and its ledger line. */
export function itemText(id: string, steps: readonly ItemInStep[], columns: number): string {
  return `Item ${printable(id)}\n${steps.map((step) => `\n${itemStepText(step, columns)}`).join('')}`
}

function itemStepText(step: ItemInStep, columns: number): string {
  const from = step.prompt_version
  const again = step.prompt_sha256 === undefined || step.prompt === null ? '' : ', rendered again'
  const sent = step.prompt_edited
    ? `Prompt, changed by hand since ${from} sent another (${step.prompt_path}):`
    : `Prompt, sent by ${from}${again}:`
  const prompt = section(sent, step.prompt ?? notKept(step))
  const answer = section(answerTitle(step), answerText(step)) + writtenSection(step) + suggestionSection(step)
  const texts = columns >= twoColumns ? sideBySide(prompt, answer, columns) : `${prompt}\n${answer}`
  const spent = step.answering_line ?? step.line
  const ledger = spent === null || step.line === null ? '' : `\n${ledgerText(step.line, spent)}`
  return `${stepHeading(step)}\n\n${texts}${ledger}`
}

function notKept({ line, prompt_path, prompt_sha256 }: ItemInStep): string {
  if (line?.edited_by !== undefined) return '(none: nothing was asked for this answer)'
  if (prompt_sha256 === undefined) return `(not kept: ${prompt_path})`
  return `(not kept; its sha256 is ${prompt_sha256}. Template and input as they are today make another one)`
}

function stepHeading(step: ItemInStep): string {
  return `${stepName(step)}\n${'-'.repeat(70)}`
}

function section(title: string, text: string): string {
  return `${title}\n${printable(text).trimEnd()}\n`
}

/** An item that failed here may keep the answer of an earlier version. */
function answerTitle({ line, prompt_version, edited }: ItemInStep): string {
  if (edited !== undefined) return `Answer, NOT the model's: changed by hand in ${edited.path}:`
  const answered = line?.answer_version ?? prompt_version
  if (line?.edited_by !== undefined) return `Answer, edited by ${printable(line.edited_by)} in ${answered}:`
  return answered === prompt_version ? 'Answer:' : `Answer, kept from ${answered}:`
}

/** What the model wrote if a person edited it, and a file that was edited although nothing is made from it. */
function writtenSection({ edited, edited_file }: ItemInStep): string {
  const written =
    edited === undefined ? '' : `\n${section("The model's answer:", edited.written ?? '(no copy is left)')}`
  if (edited_file === undefined) return written
  return `${written}\n${printable(edited_file)} was changed by hand. It is a copy; answers are taken from collated/.\n`
}

/** What the model answered beside an answer that a person wrote. */
function suggestionSection({ line, answer }: ItemInStep): string {
  if (line?.suggestion === undefined) return ''
  const { version, answer: text, error, model } = line.suggestion
  const who = `Suggestion of ${model ?? 'the model'} in ${version}`
  if (text === null) return `\n${section(`${who}:`, `(none: ${error?.message ?? 'it was lost'})`)}`
  if (text === answer) return `\n${who}: the same answer.\n`
  return `\n${section(`${who}, which changes nothing:`, text)}`
}

function answerText({ answer, reply }: ItemInStep): string {
  if (answer !== null) return answer
  return reply === null ? '(none)' : `(none that could be used; what came back:)\n${reply}`
}

/** The ledger line as a person reads it. `spent` is the line of the version that asked for the answer. */
function ledgerText(line: LedgerLine, spent: LedgerLine): string {
  const ids = [`item ${line.item_id}`, ...(line.root_id === line.item_id ? [] : [`root item ${line.root_id}`])]
  if (line.output_id !== null) ids.push(`sequential id ${line.output_id}`)
  const lines = [
    `Ids: ${ids.join(', ')}, index ${line.item_index}`,
    `State: ${line.state} (${line.decision}: ${line.reason})`,
    ...(line.answer_version === null ? [] : [`Answered in: ${line.answer_version}`]),
    ...(line.edited_by === undefined ? [] : [`Edited by: ${line.edited_by}`]),
    ...(line.error === null ? [] : [`Error: ${line.error.message} (${line.error.kind})`]),
    ...(spent.model === null ? [] : [`Model: ${spent.model}`]),
    ...(spent.delivery === undefined ? [] : [`Delivery: ${spent.delivery}`]),
    ...spendingLines(spent),
    ...(spent.attempts === 0 ? [] : [`Time: ${(spent.milliseconds / 1000).toFixed(1)}s, attempts: ${spent.attempts}`]),
    ...(spent.request_id === null ? [] : [`Request: ${spent.request_id}`]),
    ...(line.fingerprint === null ? [] : [`Fingerprint: ${line.fingerprint}`]),
  ]
  return `Ledger:\n${lines.map((text) => `  ${printable(text)}\n`).join('')}`
}
