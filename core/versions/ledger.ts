/** The lines of a step's ledger: how they are read, and how one begins. */
import { type LedgerLine, ledgerLine, type PlanLine } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { nothingSpent } from '../money/spending.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { lines } from '../text/lines.ts'
import type { Block } from './ledger-index.ts'
import { type ProvenLines, type Proving, provenLine, provenLines } from './read-proven-blocks.ts'

/**
 * The lines of NN_ledger.jsonl, by item_index ascending.
 * Throws FileMissing if the step has no ledger, RunFailed for a line that is torn, was changed since it was written, or stands
 * out of order: nothing may be built on it.
 */
export async function* readLedger(store: Store, ref: VersionRef, step: number): AsyncGenerator<LedgerLine> {
  for await (const piece of ledgerPieces(store, ref, { step })) {
    if ('texts' in piece) for (const text of piece.texts) yield provenLine(text)
    else yield piece
  }
}

/** The same in whole blocks as far as the index proves them, with lines that are not parsed; without the blocks that `passes` leaves out. */
export async function* ledgerPieces(
  store: Store,
  ref: VersionRef,
  proving: Proving,
): AsyncGenerator<ProvenLines | LedgerLine> {
  const path = stepFiles(ref, proving.step).ledger
  let number = 0
  let before = 0
  let at = 0
  const pass = ({ lines: count, items, ledger }: Block) => {
    number += count
    before = items[1]
    at = ledger[1]
  }
  const { passes } = proving
  const passing = async (block: Block) => {
    const isPassed = (await passes?.(block)) ?? false
    if (isPassed) pass(block)
    return isPassed
  }
  // What the index proves was checked when it was written.
  for await (const proven of provenLines(store, ref, { ...proving, passes: passes && passing })) {
    yield proven
    pass(proven.block)
  }
  const size = at === 0 ? undefined : await store.size(path)
  if (size !== undefined && size <= at) return
  for await (const { text } of lines(store.read(path, size === undefined ? undefined : [at, size]))) {
    number += 1
    if (text.trim() === '') continue
    const line = lineIn(text)
    if ('broken' in line) throw brokenLine(line.broken, { place: `${path}, line ${number}`, cause: line.cause })
    if (line.item_index <= before) throw brokenLine('stands out of order', { place: `${path}, line ${number}` })
    before = line.item_index
    yield line
  }
}

/** The base's lines of a step; none if there is no base, or if the base never reached this step. */
export async function* baseLines(store: Store, base: VersionRef | null, step: number): AsyncGenerator<LedgerLine> {
  if (base !== null) yield* ifThere(readLedger(store, base, step))
}

/** The same in whole blocks where the index proves them. */
export function basePieces(store: Store, base: VersionRef, proving: Proving): AsyncGenerator<ProvenLines | LedgerLine> {
  return ifThere(ledgerPieces(store, base, { always: true, ...proving }))
}

async function* ifThere<T>(lines: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* lines
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
}

/** The error for a line that nothing may be built on. */
export function brokenLine(what: string, { place, cause }: { place: string; cause?: unknown }): RunFailed {
  return new RunFailed(
    `A ledger line ${what} (${place}). Expected the lines as they were written, one whole JSON object each. Put the file back as it was, or let \`itemwise doctor --fix\` write it anew from what is left.`,
    { cause },
  )
}

/** The line of a text, or what is wrong with it, as the end of a sentence. */
export function lineIn(text: string): LedgerLine | { broken: string; cause?: unknown } {
  try {
    const { line_check, ...line } = ledgerLine.parse(JSON.parse(text))
    // A line of an earlier release has neither; one of this release always has both.
    if (line_check === undefined && line.answer_sha256 === undefined) return line
    return isAsWritten(text, line_check) ? line : { broken: 'was changed by hand' }
  } catch (cause) {
    return { broken: cause instanceof SyntaxError ? 'is torn or is not JSON' : 'lacks what every line has', cause }
  }
}

/** A line as it stands in the ledger, newline included. The check comes last, so that the text before it is what is checked. */
export function ledgerText({ answer_sha256 = null, ...rest }: LedgerLine): string {
  return withLineCheck(JSON.stringify({ ...rest, answer_sha256 }))
}

/** The text of a line's JSON with its check and its newline. */
export function withLineCheck(text: string): string {
  return `${text.slice(0, -1)},"line_check":"${checkOf(text)}"}\n`
}

/** White space does not count: an editor may have laid the line out anew. */
function isAsWritten(text: string, check: string | undefined): boolean {
  const end = `,"line_check":"${check}"}`
  const trimmed = text.trim()
  if (trimmed.endsWith(end) && checkOf(`${trimmed.slice(0, -end.length)}}`) === check) return true
  const { line_check: _, ...written } = JSON.parse(text)
  return checkOf(JSON.stringify(written)) === check
}

/** Characters of the sha256 of a line that stand in it. */
export const lineCheckLength = 16

function checkOf(text: string): string {
  return sha256(text).slice(0, lineCheckLength)
}

/** Whether the version asked the model for the item: what a person wrote is kept as it is. */
export function isAsked({ decision, reason }: Pick<LedgerLine, 'decision' | 'reason'>): boolean {
  return decision === 'process' && reason !== 'edited'
}

/** The ledger line of an item before anything is known of its answer. */
export function bareLine(line: PlanLine): LedgerLine {
  const { item_id, root_id, item_index, output_id, segment, decision, reason } = line
  return {
    ...{ item_id, root_id, item_index, output_id, segment, decision, reason, state: 'skipped' },
    ...{ answer_version: null, answer_bytes: null, fingerprint: null, model: null },
    ...nothingSpent,
    ...{ milliseconds: 0, attempts: 0, request_id: null, error: null },
  }
}

export interface LedgerState {
  missing: boolean
  whole: number
  /** Lines that cannot be read, or that stand out of order. */
  broken: number
}

/** A line of a ledger as it stands there. */
export interface ReadLine {
  line: LedgerLine
  /** With its newline. */
  text: string
}

/** A line that cannot be read or stands out of order; null: one that is blank. A last line without its end has a line all the same. */
export interface BrokenLine {
  line: LedgerLine | null
  broken: string | null
}

/** All lines of a ledger. Throws FileMissing. */
export async function* ledgerLines(store: Store, ref: VersionRef, step: number): AsyncGenerator<ReadLine | BrokenLine> {
  let index = 0
  for await (const { text, start, end } of lines(store.read(stepFiles(ref, step).ledger))) {
    const line = text.trim() === '' ? null : lineIn(text)
    if (line === null) yield { broken: null, line }
    else if ('broken' in line) yield { broken: line.broken, line: null }
    else if (line.item_index <= index) yield { broken: 'stands out of order', line: null }
    else {
      index = line.item_index
      const isExact = end - start === Buffer.byteLength(text) + 1
      yield isExact ? { line, text: `${text}\n` } : { broken: 'has no line end', line }
    }
  }
}

/** The lines of a ledger that can be read, by item_index ascending; what cannot is counted in `state`. */
export async function* wholeLines(
  store: Store,
  ref: VersionRef,
  { step, state }: { step: number; state: LedgerState },
): AsyncGenerator<LedgerLine> {
  state.missing = (await store.size(stepFiles(ref, step).ledger)) === undefined
  if (state.missing) return
  for await (const read of ledgerLines(store, ref, step)) {
    countLine(state, read)
    if (read.line !== null) yield read.line
  }
}

/** Blank lines do not count. */
export function countLine(state: LedgerState, read: ReadLine | BrokenLine): void {
  if (read.line !== null) state.whole += 1
  else if ('broken' in read && read.broken !== null) state.broken += 1
}
