/** What a version keeps of one item: its line in each step, what was sent, and what came back. */
import type { LedgerLine } from '../documents.ts'
import { type Store, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import { promptFingerprint } from '../templates/questions.ts'
import { Segments } from '../text/ids.ts'
import { linesOfId } from './indexed-ledger.ts'
import { hasItemFile, isItemFileOf } from './item-file.ts'
import { keptAnswer, keptPrompt, keptReply, keptSoFar } from './kept-texts.ts'
import { readLedger } from './ledger.ts'
import { StepAnswers } from './step-answers.ts'
import { readRun, textIfThere } from './version-documents.ts'
import { placeOf, type VersionStep, versionSteps } from './version-steps.ts'

/** One item in one step. */
export interface ItemInStep {
  step: number
  prompt_name: string
  /** Null if the version has no ledger of this step. */
  line: LedgerLine | null
  /** The line of the version that asked for the answer: what was spent on it stands there. Null if this version did. */
  answering_line: LedgerLine | null
  /** The version whose prompt this is. */
  prompt_version: string
  prompt: string | null
  prompt_path: string
  answer: string | null
  /** Set if the answer differs from the one that was written: the file in which it was edited, and what was written, if a copy is left. */
  edited?: { path: string; written: string | null }
  /** The item's own file, if a person edited it: a copy that nothing is made from. */
  edited_file?: string
  /** Set if the kept prompt differs from the one that was sent. */
  prompt_edited?: true
  /** Of the prompt that was sent, if the version keeps no prompts. */
  prompt_sha256?: string
  /** What came back, if it could not be used. */
  reply: string | null
}

/**
 * The item in every step that has it, by root id, or else by the step's own id or its sequential id.
 * Nothing if no step has it.
 */
export async function findItem(store: Store, ref: VersionRef, id: string): Promise<ItemInStep[]> {
  const steps = await versionSteps(store, ref)
  const rootId = await rootIdOf(store, { ref, steps, id })
  const found: ItemInStep[] = []
  for (const step of steps) {
    if (!(await hasLedger(store, ref, step))) {
      found.push(...(await withoutLedger(store, { ref, step, id: rootId })))
      continue
    }
    for (const line of await linesOfId(store, ref, { step: step.step, id: rootId })) {
      if (line.root_id === rootId) found.push(await withLine(store, { ref, step, line }))
    }
  }
  return found
}

/** Every root id and own id that a version's ledgers know. */
export async function knownIds(store: Store, ref: VersionRef): Promise<Set<string>> {
  const ids = new Set<string>()
  for (const step of await versionSteps(store, ref)) {
    if (!(await hasLedger(store, ref, step))) continue
    for await (const { root_id, item_id } of readLedger(store, ref, step.step)) ids.add(root_id).add(item_id)
  }
  return ids
}

interface Wanted {
  ref: VersionRef
  steps: VersionStep[]
  id: string
}

async function rootIdOf(store: Store, { ref, steps, id }: Wanted): Promise<string> {
  let byOwnId: string | undefined
  let bySequentialId: string | undefined
  for (const step of steps) {
    if (!(await hasLedger(store, ref, step))) continue
    for (const { root_id, item_id, output_id } of await linesOfId(store, ref, { step: step.step, id })) {
      if (root_id === id) return id
      if (item_id === id) byOwnId ??= root_id
      if (output_id !== null && String(output_id) === id) bySequentialId ??= root_id
    }
  }
  return byOwnId ?? bySequentialId ?? id
}

async function hasLedger(store: Store, ref: VersionRef, { step }: VersionStep): Promise<boolean> {
  return (await store.size(stepFiles(ref, step).ledger)) !== undefined
}

/** A carried item was sent by the version that asked for its answer; its prompt and what it cost are there. */
async function withLine(store: Store, { ref, step, line }: { ref: VersionRef; step: VersionStep; line: LedgerLine }) {
  const asked = line.decision === 'carry' && line.answer_version !== null ? line.answer_version : ref.version
  const askedRef = { ...ref, version: asked }
  const place = { ref: askedRef, step: step.step, batch_mode: step.batch_mode }
  const { prompt, path: prompt_path } = await keptPrompt(store, place, line)
  const answering_line = asked === ref.version ? null : await lineOf(store, askedRef, { step: step.step, line })
  const asking = answering_line ?? line
  const isOther = await isOtherPrompt(store, askedRef, { step, prompt, line: asking })
  return {
    step: step.step,
    prompt_name: step.prompt_name,
    line,
    answering_line,
    prompt_version: asked,
    prompt,
    ...(isOther ? { prompt_edited: true as const } : {}),
    ...(asking.prompt_sha256 !== undefined && { prompt_sha256: asking.prompt_sha256 }),
    prompt_path,
    ...(await answerIn(store, { ref, step, line })),
    ...(await editedFile(store, { ref, step, line })),
    reply: (await keptReply(store, place, line)) ?? null,
  }
}

/** What stands in the collated file; if a person edited the answer, the model's too if its own file has it. */
async function answerIn(
  store: Store,
  { ref, step, line }: { ref: VersionRef; step: VersionStep; line: LedgerLine },
): Promise<Pick<ItemInStep, 'answer' | 'edited'>> {
  const answers = new StepAnswers(store, placeOf(ref, step), { isOne: true })
  try {
    const { answer, edited } = await answers.see(line)
    if (!edited) return { answer }
    return { answer, edited: { path: step.collated, written: await writtenAnswer(store, { ref, step, line }) } }
  } finally {
    await answers.close()
  }
}

async function editedFile(
  store: Store,
  { ref, step, line }: { ref: VersionRef; step: VersionStep; line: LedgerLine },
): Promise<Pick<ItemInStep, 'edited_file'>> {
  if (!hasItemFile(line, ref)) return {}
  const path = stepFiles(ref, step.step).output(line.segment)
  const text = await textIfThere(store, path)
  return text === undefined || isItemFileOf(text, line) ? {} : { edited_file: path }
}

async function writtenAnswer(
  store: Store,
  { ref, step, line }: { ref: VersionRef; step: VersionStep; line: LedgerLine },
): Promise<string | null> {
  const { answer_version, answer_sha256, segment } = line
  if (answer_version === null || answer_sha256 == null || segment === '') return null
  const asked = { ref: { ...ref, version: answer_version }, step: step.step }
  const text = await keptAnswer(store, asked, line)
  return text !== undefined && isItemFileOf(text, line) ? text : null
}

/** Whether the kept prompt is a different text from the one that was sent, by the fingerprint of its answer. */
async function isOtherPrompt(
  store: Store,
  ref: VersionRef,
  { step, prompt, line }: { step: VersionStep; prompt: string | null; line: LedgerLine | null },
): Promise<boolean> {
  if (prompt === null || line === null || line.decision !== 'process' || line.fingerprint === null) return false
  // A version older than checksums may have been made when other things entered a fingerprint.
  if (line.answer_sha256 === undefined) return false
  if ((await store.size(`${versionFolder(ref)}/run.json`)) === undefined) return false
  const sent = (await readRun(store, ref)).steps.find((one) => one.step === step.step)
  return sent !== undefined && promptFingerprint(sent, prompt) !== line.fingerprint
}

async function lineOf(store: Store, ref: VersionRef, { step, line }: { step: number; line: LedgerLine }) {
  if ((await store.size(stepFiles(ref, step).ledger)) === undefined) return null
  const earlier = await linesOfId(store, ref, { step, id: line.item_id })
  return earlier.find(({ item_id }) => item_id === line.item_id) ?? null
}

/** Older and unfinished versions: what lies in the folders named after the id. */
async function withoutLedger(store: Store, { ref, step, id }: { ref: VersionRef; step: VersionStep; id: string }) {
  const segment = new Segments().segment(id)
  const files = stepFiles(ref, step.step)
  const packed = step.resolved?.keep === undefined ? undefined : await keptSoFar(store, { ref, step: step.step }, id)
  const found = {
    step: step.step,
    prompt_name: step.prompt_name,
    line: null,
    answering_line: null,
    prompt_version: ref.version,
    prompt: (await textIfThere(store, files.prompt(segment))) ?? packed?.prompt ?? null,
    prompt_path: files.prompt(segment),
    answer: (await textIfThere(store, files.output(segment))) ?? packed?.kept?.answer ?? null,
    reply: (await textIfThere(store, files.reply(segment))) ?? packed?.kept?.reply ?? null,
  }
  return found.prompt === null && found.answer === null ? [] : [found]
}
