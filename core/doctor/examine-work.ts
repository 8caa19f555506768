/**
 * Whether the files that an unfinished version needs to be resumed are whole: the plan of a step, and that every answer it has is kept.
 * Long, since what examines a file is written beside what writes it again.
 */
import * as z from 'zod'
import type { LedgerLine, PlanLine, ResolvedStep } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { promptFingerprint, promptOf } from '../templates/questions.ts'
import type { Template } from '../templates/template.ts'
import { jsonText } from '../text/json.ts'
import { lines } from '../text/lines.ts'
import type { PlanRange } from '../versions/carried-range.ts'
import { isItemFileOf, itemFileText } from '../versions/item-file.ts'
import { jsonIn } from '../versions/item-id.ts'
import { bareLine, wholeLines } from '../versions/ledger.ts'
import { KeptCopies } from '../versions/pack-reader.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import { isBeside } from '../versions/suggestions.ts'
import { textIfThere } from '../versions/version-documents.ts'
import { AnswerPlaces } from './answer-places.ts'

export interface WorkState {
  /** Whether work/NN.jsonl has a line that is not JSON, or is shorter or longer than its chunks say. */
  planBroken: boolean
  /** Whether the plan and the base's ledger disagree on where a carried answer is in the base. */
  planStale: boolean
  /** Answers in files below items/ that a resumed run would not know of, and would ask for again. */
  notKept: PlanLine[]
  /** Items whose answer is kept while its file is missing, empty or not JSON. */
  itemFiles: PlanLine[]
  /** Items whose file holds a different answer from the one that is kept: a person edited it. */
  editedFiles: PlanLine[]
}

/** Looks at one planned step. Holds only what is damaged. */
export async function examineWork(
  store: Store,
  ref: VersionRef,
  { step, template, base }: { step: ResolvedStep; template: Template; base: VersionRef | null },
): Promise<WorkState> {
  const state: WorkState = { planBroken: false, planStale: false, notKept: [], itemFiles: [], editedFiles: [] }
  const files = stepFiles(ref, step.step)
  if (!(await hasItsSize(store, ref, step))) return { ...state, planBroken: true }
  const kept = await store.kept(ref, step.step)
  let fresh: AnswerPlaces | undefined
  let collated: Map<number, LedgerLine> | undefined
  try {
    for await (const { text } of lines(store.read(files.plan))) {
      const line = planLineIn(text)
      if (line === undefined) return { ...state, planBroken: true }
      // Where these answers are stands in the base's ledger only.
      if ('carried' in line) continue
      if (line.base !== null) {
        fresh ??= await AnswerPlaces.of(store, base, step.step)
        if (fresh.isElsewhere(line.base)) state.planStale = true
      }
      // What is packed has no files of its own, and stands in the array if it is packed already.
      if (line.decision !== 'process' || line.segment === '' || step.keep?.items === 'packed') continue
      const found = (await kept.find(line))?.kept
      const has = found?.line.state === 'answered' && found.line.item_id === line.item_id
      const answer = await itemFileText(store, files.output(line.segment))
      if (has && answer === undefined) state.itemFiles.push(line)
      if (has && answer !== undefined && !isSame(answer, found?.answer)) state.editedFiles.push(line)
      if (has || answer === undefined || !(await isAnswerOf(store, ref, { step, template, line }))) continue
      // An edited file is no answer of the model's.
      collated ??= await answersByIndex(store, ref, step)
      const before = collated.get(line.item_index)
      if (before === undefined || isItemFileOf(answer, before)) state.notKept.push(line)
    }
  } finally {
    await kept.close()
  }
  return state
}

/** Lines of an unfinished version's ledger whose answers the journal does not know, but for `except`. */
export async function forgottenLines(
  store: Store,
  ref: VersionRef,
  { step, except }: { step: ResolvedStep; except: PlanLine[] },
): Promise<LedgerLine[]> {
  const found: LedgerLine[] = []
  const others = new Set(except.map(({ item_index }) => item_index))
  const kept = await store.kept(ref, step.step)
  try {
    for await (const line of answeredLines(store, ref, step)) {
      if (others.has(line.item_index)) continue
      const known = (await kept.find(line))?.kept
      if (known?.answer == null || known.line.item_id !== line.item_id) found.push(line)
    }
  } finally {
    await kept.close()
  }
  return found
}

/** Keeps answers of the array again, with their data from the ledger. */
export async function keepFromArray(
  store: Store,
  ref: VersionRef,
  { step, forgotten }: { step: ResolvedStep; forgotten: LedgerLine[] },
): Promise<void> {
  const answers = new StepAnswers(store, answerPlace(ref, step))
  const prompts = new KeptCopies(store, { pipeline: ref.pipeline, step: step.step, kind: 'prompts' })
  const keeper = await store.keeper(ref, step.step, { keep: step.keep })
  try {
    for (const line of forgotten) {
      const { answer, edited } = await answers.see(line)
      if (answer === null || edited) continue
      const prompt = step.keep?.prompts === 'packed' ? (await prompts.find(ref.version, line))?.prompt : undefined
      if (prompt != null) await keeper.keepPrompt(line.segment, prompt)
      await keeper.keep({ line: unplaced(line), answer, reply: null })
    }
  } finally {
    await Promise.all([keeper.close(), answers.close(), prompts.close()])
  }
}

/** A line for the journal: the answer's place in the array is known only when it is collated. */
function unplaced({ answer_sha256: _, ...line }: LedgerLine): LedgerLine {
  return { ...line, answer_bytes: null }
}

/** The whole lines of the ledger, if there is one, whose answers this version asked for. */
async function* answeredLines(store: Store, ref: VersionRef, step: ResolvedStep): AsyncGenerator<LedgerLine> {
  const state = { missing: false, whole: 0, broken: 0 }
  for await (const line of wholeLines(store, ref, { step: step.step, state }))
    if (line.state === 'answered' && line.decision === 'process' && !isBeside(line)) yield line
}

async function answersByIndex(store: Store, ref: VersionRef, step: ResolvedStep): Promise<Map<number, LedgerLine>> {
  const found = new Map<number, LedgerLine>()
  for await (const line of answeredLines(store, ref, step)) found.set(line.item_index, line)
  return found
}

/** Whether two texts are the same answer; white space does not count. */
function isSame(text: string, answer: string | null | undefined): boolean {
  if (text === answer || answer == null) return true
  const value = jsonIn(text)
  return value !== undefined && jsonText(value, 2) === answer
}

/** A plan that is cut off between two lines would be taken for one of fewer items. */
async function hasItsSize(store: Store, ref: VersionRef, { step }: ResolvedStep): Promise<boolean> {
  const { plan, chunks } = stepFiles(ref, step)
  const ranges = chunkRanges.safeParse(jsonIn((await textIfThere(store, chunks)) ?? '')).data
  return ranges === undefined || (await store.size(plan)) === (ranges.at(-1)?.bytes[1] ?? 0)
}

const chunkRanges = z.array(z.object({ bytes: z.tuple([z.int(), z.int()]) }))

/** The whole lines of a ledger by item id; none if there is no such version. */
async function linesById(store: Store, ref: VersionRef | null, step: number): Promise<Map<string, LedgerLine>> {
  const found = new Map<string, LedgerLine>()
  if (ref === null) return found
  const state = { missing: false, whole: 0, broken: 0 }
  for await (const line of wholeLines(store, ref, { step, state })) found.set(line.item_id, line)
  return found
}

/** Writes a plan again from the base's current ledger; its chunks are cut again when the run is resumed. */
export async function refreshPlan(
  store: Store,
  ref: VersionRef,
  { step, base }: { step: ResolvedStep; base: VersionRef | null },
): Promise<void> {
  const { plan, chunks } = stepFiles(ref, step.step)
  const fresh = await linesById(store, base, step.step)
  await store.remove(chunks)
  await store.write(plan, refreshed())

  async function* refreshed(): AsyncGenerator<string> {
    for await (const { text } of lines(store.read(plan))) {
      const line = planLineIn(text)
      if (line === undefined || 'carried' in line) yield `${text}\n`
      else yield `${JSON.stringify({ ...line, base: line.base && (fresh.get(line.base.item_id) ?? line.base) })}\n`
    }
  }
}

function planLineIn(text: string): PlanLine | PlanRange | undefined {
  try {
    const line = JSON.parse(text)
    return typeof line?.item_index === 'number' && typeof line.segment === 'string' ? line : undefined
  } catch {
    return undefined
  }
}

/** Whether what lies in items/ answers what would be sent now: an earlier attempt may have asked something else. */
async function isAnswerOf(
  store: Store,
  ref: VersionRef,
  { step, template, line }: { step: ResolvedStep; template: Template; line: PlanLine },
): Promise<boolean> {
  const prompt = promptFor(line, step, template)
  return prompt !== null && prompt === (await textIfThere(store, stepFiles(ref, step.step).prompt(line.segment)))
}

function promptFor(line: PlanLine, step: ResolvedStep, template: Template): string | null {
  const rendered = promptOf(line, step, template)
  return 'prompt' in rendered ? rendered.prompt : null
}

/** Keeps answers again that only their files have. What they cost is known if a ledger names them. */
export async function keepAgain(
  store: Store,
  ref: VersionRef,
  { step, template, planned }: { step: ResolvedStep; template: Template; planned: PlanLine[] },
): Promise<void> {
  const ledger = await answersByIndex(store, ref, step)
  const keeper = await store.keeper(ref, step.step, { keep: step.keep })
  try {
    for (const line of planned) {
      const prompt = promptFor(line, step, template)
      const answer = await itemFileText(store, stepFiles(ref, step.step).output(line.segment))
      if (prompt === null || answer === undefined) continue
      const fingerprint = promptFingerprint(step, prompt)
      const before = ledger.get(line.item_index)
      const kept =
        before?.item_id === line.item_id && before.fingerprint === fingerprint
          ? unplaced(before)
          : unpriced(line, { fingerprint, model: step.model, version: ref.version })
      await keeper.keepPrompt(line.segment, prompt)
      await keeper.keep({ line: kept, answer, reply: null })
    }
  } finally {
    await keeper.close()
  }
}

/** What it cost is no longer known, and is not 0. */
function unpriced(
  line: PlanLine,
  { fingerprint, model, version }: { fingerprint: string; model: string; version: string },
): LedgerLine {
  const answered = { state: 'answered', answer_version: version, fingerprint, model } as const
  return { ...bareLine(line), ...answered, attempts: 1, cost_usd: null }
}
