/** The text of `itemwise show` about one item of a version. */
import type { LedgerLine } from '../core/documents.ts'
import type { ItemInStep } from '../core/versions/find-item.ts'
import { sideBySide } from './columns.ts'
import { stepName } from './compare-text.ts'
import { printable } from './printable.ts'
import { spendingLines } from './version-text.ts'

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
