/** The answers of the last step of a version, one after the other: of one that has ended, and of one that is being run. */
import { isTextOutput } from '../core/answer-format.ts'
import type { LedgerLine } from '../core/documents.ts'
import { FileMissing, RequestRefused } from '../core/errors.ts'
import { asKept } from '../core/stages/collate.ts'
import { type Store, stepFiles, type VersionRef } from '../core/store.ts'
import { readLedger } from '../core/versions/ledger.ts'
import { StepAnswers } from '../core/versions/step-answers.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { placeOf, type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import type { RunEvents } from './run-events.ts'

/** One answer of the last step. */
export interface AnsweredItem<Answer = unknown> {
  /** The id of the item in the input. After a single call its elements count as the input. */
  id: string
  /** The answer as it stands in the array, with its ids. */
  answer: Answer
  /** Set if a person has edited the answer since. */
  edited?: true
}

/** The answers of a version as its files have them, in input order. Those of an unfinished one as far as they were collated. */
export async function* answersOf(
  store: Store,
  ref: VersionRef,
  { after = 0 }: { after?: number } = {},
): AsyncGenerator<AnsweredItem> {
  const step = (await versionSteps(store, ref)).at(-1)
  if (step === undefined) return
  const answers = new StepAnswers(store, placeOf(ref, step))
  try {
    for await (const line of linesOf(store, ref, step)) {
      if (line.item_index <= after) continue
      const { answer, edited } = await answers.see(line)
      if (answer !== null)
        yield { id: line.root_id, answer: plainValue(answer, step), ...(edited ? { edited: true as const } : {}) }
    }
  } finally {
    await answers.close()
  }
}

async function* linesOf(store: Store, ref: VersionRef, { step, collated }: VersionStep): AsyncGenerator<LedgerLine> {
  try {
    yield* readLedger(store, ref, step)
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
    if ((await store.size(collated)) === undefined) return
    throw new RequestRefused(
      [
        `${ref.version} of ${ref.pipeline} has no ${stepFiles(ref, step).ledger}, so nothing says which answer is whose. It is older than ledgers, or the file was removed. Its answers are in ${collated}.`,
      ],
      { cause: error },
    )
  }
}

/** The answers of a run, each as soon as it is kept. When the run has ended, the rest as its files have them. */
export async function* answersAsKept(store: Store, ref: VersionRef, events: RunEvents): AsyncGenerator<AnsweredItem> {
  const run = await readRun(store, ref)
  const step = run.steps.at(-1)!
  let after = 0
  if ((await events.planned(step.step)) && !events.ended) {
    try {
      for await (const { line, answer } of asKept(store, ref, { run, step, more: events.looking() })) {
        after = line.item_index
        if (answer !== null) yield { id: line.root_id, answer: plainValue(answer, placed(step)) }
      }
    } catch (error) {
      // The version is being completed meanwhile, and its work is gone.
      if (!(error instanceof FileMissing)) throw error
    }
  }
  await events.over()
  yield* answersOf(store, ref, { after })

  function placed({ output_file, batch_mode }: typeof step): Pick<VersionStep, 'collated' | 'batch_mode'> {
    return { collated: output_file, batch_mode }
  }
}

/** The value of an answer's text. Numbers are JavaScript's. */
export function plainValue(
  text: string,
  { collated, batch_mode }: Pick<VersionStep, 'collated' | 'batch_mode'>,
): unknown {
  return isTextOutput({ batch_mode, output_file: collated }) ? text : JSON.parse(text)
}
