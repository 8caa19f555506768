/** Drives a run at half price as the state machine on AWS does: a part at a time, and nobody waits in between but the clock. */
import type { Chunk, ResolvedStep } from '../../core/documents.ts'
import { endOf } from '../../core/flow.ts'
import type { Start } from '../../core/request/start.ts'
import { collate } from '../../core/stages/collate.ts'
import { fail } from '../../core/stages/fail.ts'
import { askFirstApart, collectApart, type Part, sendApart } from '../../core/stages/half-price/apart.ts'
import { lookAfter } from '../../core/stages/half-price/look-after.ts'
import { noLook } from '../../core/stages/half-price/look-state.ts'
import { open } from '../../core/stages/open.ts'
import { plan } from '../../core/stages/plan.ts'
import { process } from '../../core/stages/process.ts'
import type { ItemTools } from '../../core/stages/process-item.ts'
import { publish } from '../../core/stages/publish.ts'
import { stepFiles, type VersionRef } from '../../core/store.ts'
import { readText } from '../../core/versions/version-documents.ts'
import { openTools, type StartTools } from '../../runners/run-pipeline.ts'
import type { HalfPriceStory } from './half-price-story.ts'

export interface ApartRun {
  /** What the looks said, one after the other: `wait 3`, `send`, … */
  said: string[]
}

export interface ApartOptions {
  /** Items of a chunk. */
  items?: number
  start?: Start
  more?: Partial<StartTools>
  /** Called before each part, to do something in the middle. */
  before?: (part: string) => void
}

/** Runs it to its end. Throws what ends it, with the version marked. */
export async function runApart(half: HalfPriceStory, options: ApartOptions = {}): Promise<ApartRun> {
  const given = half.tools(options.more)
  const start = options.start ?? { kind: 'run', request: half.story.json('pipelines/words.json') }
  const { ref, lease, run } = await open(openTools(given), start as Start)
  const never = new AbortController().signal
  // A failure of this run stands: there the store knows by its epoch which those are.
  const tools = {
    ...openTools(given),
    ...given,
    stop: never,
    halt: never,
    goesOn: true,
    began: half.clock.now(),
  } as ItemTools
  const clock = { workedMs: () => 0, now: half.clock.now }
  const said: string[] = []
  try {
    for (const step of run.steps) await runStep(tools, { ref, step, said, ...options })
    await publish(tools.store, ref, clock)
    return { said }
  } catch (error) {
    const { name, message } = error as Error
    await fail(tools.store, ref, { status: endOf(name), reason: message, clock })
    throw Object.assign(error as Error, { said })
  } finally {
    await lease.release()
  }
}

interface StepRun extends ApartOptions, ApartRun {
  ref: VersionRef
  step: ResolvedStep
}

async function runStep(tools: ItemTools, running: StepRun): Promise<void> {
  const { ref, said, items = 20, before = () => {} } = running
  const { step, batch_mode, stop_on_error } = running.step
  const { store } = tools
  const limits = { items, bytes: Number.MAX_SAFE_INTEGER }
  const { process: toProcess } = await plan(store, ref, { step, chunkLimits: () => limits })
  const chunks: Chunk[] = JSON.parse(await readText(store, stepFiles(ref, step).chunks))
  const options = { step, chunks: chunks.length }
  let state = noLook
  for (let next = batch_mode && toProcess > 0 ? 'look' : 'live'; next !== 'collate'; ) {
    before(next)
    if (next === 'live') {
      for (const chunk of chunks) await process(tools, ref, { ...options, chunk, liveOnly: true })
      break
    }
    const looked = await lookAfter(tools, ref, { step, state })
    next = looked.next
    state = looked.state
    said.push(next === 'wait' ? `wait ${looked.seconds}` : next)
    if (next === 'wait') await tools.sleep(looked.seconds * 1000)
    if (next === 'first') await askFirstApart(tools, ref, { ...options, chunk: chunks[0]! })
    const parts: Part[] = []
    if (next === 'first' || next === 'send') {
      before('send')
      for (const chunk of chunks) parts.push(await sendApart(tools, ref, { ...options, chunk }))
      state = { ...state, sent: true, later: parts.some(({ later }) => later) }
    }
    if (next === 'collect') {
      before('collect')
      for (const number of looked.ended) parts.push(await collectApart(tools, ref, { ...options, number }))
      state = { ...state, sent: false }
    }
    state = { ...state, stops: state.stops || (stop_on_error && parts.some(({ failed }) => failed > 0)) }
    if (next !== 'live' && next !== 'collate') next = 'look'
  }
  await collate(store, ref, { step })
}
