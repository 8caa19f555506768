import { expect, test } from 'vitest'
import { nothingSpent, plus } from '../../core/money/spending.ts'
import type { ProcessEvent } from '../../lambdas/events.ts'
import { Heartbeat } from '../../lambdas/heartbeat.ts'
import type { CloudProgress, StepDelta } from '../../stores/s3-dynamodb.ts'

const spending = { ...nothingSpent, input_tokens: 10, output_tokens: 2, cost_usd: 0.5 }
const work: ProcessEvent = {
  run: { run_id: 'r', pipeline: 'p', version: 'v0', epoch: 1, started: 0 },
  step: 1,
  batch: { batch: 1, bytes: [0, 1], process: 1 },
  map_concurrency: 1,
  batch_concurrency: 1,
  left: null,
}

/** Takes beats and adds them up. */
class Beats implements CloudProgress {
  sum: StepDelta = { answered: 0, failed: 0, kept: 0, ...nothingSpent }

  async beat(epoch: number, _step: number, delta: StepDelta) {
    const { answered, failed, kept } = this.sum
    const counts = { answered: answered + delta.answered, failed: failed + delta.failed, kept: kept + delta.kept }
    this.sum = { ...counts, ...plus(this.sum, delta) }
    return { epoch, stop: null }
  }

  leave = async () => {}

  planned = async () => {
    throw new Error('Nothing is planned here.')
  }

  waits = async () => {
    throw new Error('Nothing waits here.')
  }

  stop = async () => {
    throw new Error('Nobody stops here.')
  }

  read = async () => undefined
}

test('a reply that could not be used counts with what it cost, and its item once', async () => {
  const beats = new Beats()
  const heartbeat = new Heartbeat(beats, work)
  const of = { step: 1, item_id: '1' }
  heartbeat.report({ type: 'spent', ...of, spending })
  heartbeat.report({ type: 'item', ...of, state: 'answered', spending, held_back: null })
  await heartbeat.end()
  expect([beats.sum, heartbeat.settled]).toEqual([{ answered: 1, failed: 0, kept: 0, ...plus(spending, spending) }, 1])
})
