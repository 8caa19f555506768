import { expect, test } from 'vitest'
import type { RunDocument, Stats } from '../../core/documents.ts'
import { nothingSpent } from '../../core/money/spending.ts'
import type { Progress } from '../../core/run-events.ts'
import { StepEvents } from '../../runners/step-progress.ts'
import type { RunProgress, StepProgress } from '../../stores/s3-dynamodb.ts'

const run = { steps: [1, 2].map((step) => ({ step, prompt_name: `p${step}`, model: 'm' })) } as RunDocument

const step = (number: number, counts: Partial<StepProgress> = {}): StepProgress => ({
  ...{ step: number, items: 4, process: 4, carry: 0, skip: 0, answered: 0, failed: 0, kept: 0 },
  ...nothingSpent,
  ...counts,
})

const seen = (...steps: StepProgress[]): RunProgress => ({
  ...{ epoch: 1, alive: true, started: 0, seen: 0, stop: null, account: null },
  steps,
})

/** What is told of each look, in short. */
function watching(before?: RunProgress) {
  const told: string[] = []
  const report = (event: Progress) => {
    if (event.type === 'step') told.push(`step ${event.step}/${event.steps} ${event.prompt_name}`)
    if (event.type === 'counts') told.push(`${event.step}: ${event.answered} ${event.failed} ${event.kept}`)
    if (event.type === 'step_done') told.push(`done ${event.step}: ${event.answered} ${event.failed}`)
  }
  return { events: new StepEvents(report, run, before), told }
}

const stats = (...failed: number[]): Stats => {
  const of = { items: 4, processed: 4, carried_over: 0, skipped: 0, ...nothingSpent }
  const steps = failed.map((one, at) => ({
    ...{ step: at + 1, prompt_name: `p${at + 1}`, model: 'm', template_sha256: '' },
    ...{ ...of, failed: one },
  }))
  return { ...of, failed: 0, steps }
}

test('a step begins when it is planned, is told when its counts change, and ends when the next begins', () => {
  const { events, told } = watching()
  events.look(seen(step(1)))
  events.look(seen(step(1)))
  events.look(seen(step(1, { answered: 3, failed: 1 })))
  events.look(seen(step(1, { answered: 3, failed: 1 }), step(2, { process: 3 })))
  expect(told).toEqual(['step 1/2 p1', '1: 0 0 0', '1: 3 1 0', 'done 1: 3 1', 'step 2/2 p2', '2: 0 0 0'])
})

test('what was missed at the end comes from the record', () => {
  const { events, told } = watching()
  events.look(seen(step(1, { answered: 2 })))
  events.complete(stats(1, 0))
  expect(told).toEqual(['step 1/2 p1', '1: 2 0 0', '1: 3 1 0', 'done 1: 3 1', 'step 2/2 p2', '2: 4 0 0', 'done 2: 4 0'])
})

test('counts of an earlier run of the version are not taken for this one', () => {
  const old = seen(step(1, { answered: 4 }), step(2, { answered: 1 }))
  const { events, told } = watching(old)
  events.look(old)
  expect(told).toEqual([])
  events.look(seen(step(1, { kept: 2 }), step(2, { answered: 1 })))
  expect(told).toEqual(['step 1/2 p1', '1: 0 0 2'])
  events.look(seen(step(1, { kept: 4 }), step(2)))
  expect(told.slice(2)).toEqual(['1: 0 0 4', 'done 1: 4 0', 'step 2/2 p2', '2: 0 0 0'])
})
