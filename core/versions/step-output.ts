/** The whole output of a step: what a single call takes, and what it answered. */

import type { ResolvedStep } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { intoArray } from '../text/json.ts'
import { readLedger } from './ledger.ts'
import { answerPlace, StepAnswers } from './step-answers.ts'

/**
 * The text of a collated file as it was written, put together from its answers, each of them checked. Undefined if the version
 * did not reach the step, or a single call has no answer. Throws RunFailed if the file was changed.
 */
export async function wholeOutput(store: Store, ref: VersionRef, step: ResolvedStep): Promise<string | undefined> {
  try {
    const answers = await Array.fromAsync(checkedAnswers(store, ref, step))
    if (!step.batch_mode) return answers[0] === undefined ? undefined : `${answers[0]}\n`
    return answers.length === 0 ? '[]\n' : `[\n  ${answers.map(intoArray).join(',\n  ')}\n]\n`
  } catch (error) {
    if (error instanceof FileMissing) return undefined
    throw error
  }
}

async function* checkedAnswers(store: Store, ref: VersionRef, step: ResolvedStep): AsyncGenerator<string> {
  const answers = new StepAnswers(store, answerPlace(ref, step))
  try {
    for await (const line of readLedger(store, ref, step.step))
      if (line.answer_bytes !== null) yield await answers.answer(line)
  } finally {
    await answers.close()
  }
}
