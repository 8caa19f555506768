/** The claim of a batch over a table that is not there for a while, with a beat a hundred times as fast. */
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { claimBatch } from '../../stores/s3-dynamodb/claim.ts'
import type { CloudContext } from '../../stores/s3-dynamodb/context.ts'
import { longestWaitMs } from '../../stores/s3-dynamodb/patience.ts'
import { beatMs } from '../../stores/s3-dynamodb/run-progress.ts'
import type { Change, TableRow } from '../../stores/s3-dynamodb/table.ts'

const faster = 100
const everyMs = beatMs / faster
const ref = { ref: { pipeline: 'p', version: 'v0' }, epoch: 1 }

/** One record. In an outage the worker's requests wait as long as the stages' client does at most, the others hardly at all. */
class OneRecord {
  row: TableRow | undefined
  isAway = false

  async change(_key: unknown, { set = {}, when }: Change): Promise<{ done: boolean }> {
    await this.#reached(when?.values?.mine === undefined ? 1 : longestWaitMs / faster)
    const { mine, wasWorker, wasBeat } = when?.values ?? {}
    const { row } = this
    const free =
      mine === undefined
        ? row === undefined || row.worker === set.worker || (row.worker === wasWorker && row.beat === wasBeat)
        : row?.worker === mine
    if (free) this.row = { ...row, ...set }
    return { done: free }
  }

  async get(): Promise<TableRow | undefined> {
    await this.#reached(1)
    return this.row && { ...this.row }
  }

  async removeIf(): Promise<void> {
    this.row = undefined
  }

  async #reached(againMs: number): Promise<void> {
    while (this.isAway) await wait(againMs)
  }
}

async function twoCallers() {
  const record = new OneRecord()
  const here = { table: record } as unknown as CloudContext
  const stop = new AbortController()
  const claiming = { step: 1, batch: 1, stop: stop.signal, waits: () => {}, everyMs }
  const first = await claimBatch(here, ref, claiming)
  const second = claimBatch(here, ref, claiming)
  return { record, first, second, giveUp: () => stop.abort(new Error('given up')) }
}

test('a worker that lives keeps its claim through an outage of the table', async () => {
  for (let round = 0; round < 5; round++) {
    const { record, first, second, giveUp } = await twoCallers()
    await wait(5 * everyMs)
    record.isAway = true
    await wait(10 * everyMs + round * 17)
    record.isAway = false
    await wait(15 * everyMs)
    expect(first.lost.aborted).toBe(false)
    giveUp()
    await expect(second).rejects.toThrow('given up')
    await first.end()
  }
})

test('a worker that gives no sign of life loses it after three beats', async () => {
  const { record, first, second } = await twoCallers()
  const { change } = record
  let renewals = 0
  // Its renewals are lost on the way, as those of a process that stands still.
  record.change = async (key, asked) => {
    if (asked.when?.values?.mine === undefined) return change.call(record, key, asked)
    renewals += 1
    return { done: true }
  }
  const claim = await second
  expect(renewals).toBeGreaterThanOrEqual(3)
  await Promise.all([claim.end(), first.end()])
})
