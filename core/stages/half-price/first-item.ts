/** The first item of a step, which goes ahead live unless its settings have been taken by the API before. */
import { RunFailed } from '../../errors.ts'
import { modelFieldNames } from '../../model-fields.ts'
import { defaults } from '../../request/settings.ts'
import { baseOf, readRun } from '../../versions/version-documents.ts'
import { processItem, type StepTools } from '../process-item.ts'
import { type HalfPrice, tell } from './context.ts'
import { pendingItems } from './pending.ts'

/** Requests of a step that are refused one after the other: its settings are wrong, and every item would be refused. */
const mostRefused = 3

/**
 * One goes first, live: what is wrong with a step's settings would show only at the end of a batch, for all items. It writes the
 * prompt cache, too. Left out for a few items, and if the base was answered with the same settings.
 */
export async function askFirst(half: HalfPrice, stopped: () => boolean): Promise<void> {
  const { work, chunk, chunks, settled, turn } = half
  if (chunk.batch > 1) return
  const worthFrom = work.run.workspace.batch_worth_from ?? defaults.batch_worth_from
  if (chunks === 1 && chunk.process < worthFrom) {
    if (chunk.process > 0) await tell(half, fewText(chunk.process))
    return
  }
  if (half.records.length > 0 || (await baseAnswersAlike(work))) return
  let isAnswered = false
  let refused = 0
  const wanted = (index: number) => !isAnswered && !settled.has(index)
  const settle = async (line: Parameters<typeof turn>[0]) => {
    const { line: kept } = await turn(line, () => processItem(work, line, () => {}))
    isAnswered ||= kept.state === 'answered'
  }
  for await (const { line } of pendingItems(work, chunk, { wanted, settle })) {
    if (isAnswered || stopped()) return
    const { line: came } = await turn(line, () => processItem(work, line, () => {}))
    if (came.error?.kind !== 'request_refused') return
    if (++refused === mostRefused) throw allRefused(came.error.message)
  }
}

function fewText(count: number): string {
  return `${count === 1 ? 'Only one item is' : `Only ${count} items are`} to be asked for: live would be as good, and there in seconds.`
}

function allRefused(message: string): RunFailed {
  return new RunFailed(
    `The API refused ${mostRefused} requests of this step, one after the other, so no message batch is sent: all of it would be refused. The last one: ${message}`,
  )
}

/** Whether the base has answers of this step with the same model and settings. */
export async function baseAnswersAlike({ store, run, ref, step }: StepTools): Promise<boolean> {
  const base = baseOf(run, ref)
  if (base === null) return false
  const state = await store.version(base)
  const stats = state?.metadata.stats ?? {}
  const counted = 'steps' in stats ? stats.steps.find((one) => one.step === step.step) : undefined
  if (counted === undefined || counted.processed + counted.carried_over - counted.failed <= 0) return false
  const before = (await readRun(store, base)).steps.find((one) => one.step === step.step)
  if (before === undefined) return false
  return modelFieldNames.every(
    (name) => name === 'max_concurrency' || JSON.stringify(before[name]) === JSON.stringify(step[name]),
  )
}
