/** How many requests keeping takes: the figures that docs/scale.md quotes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Chunk } from '../../core/documents.ts'
import type { VersionRef } from '../../core/store.ts'
import { type CloudClients, CloudStore } from '../../stores/s3-dynamodb.ts'
import { type CloudTestPlace, cloudClients, makeCloudPlace } from './cloud-place.ts'
import { planChunks, upTo } from './planned.ts'
import { answered, failed, newVersion, spentReply } from './samples.ts'
import { placeOf } from './store-contract.ts'

const v0: VersionRef = { pipeline: 'poems', version: 'v0' }

/** Clients that count their requests by operation. */
function countingClients(): { clients: CloudClients; taken: () => Record<string, number> } {
  const clients = cloudClients()
  let counts: Record<string, number> = {}
  for (const { middlewareStack } of [clients.s3, clients.db] as {
    middlewareStack: typeof clients.s3.middlewareStack
  }[]) {
    middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          const name = String(commandName).replace(/Command$/, '')
          counts[name] = (counts[name] ?? 0) + 1
          return next(args)
        },
      // Once a request, not once an attempt.
      { step: 'build', name: 'counting' },
    )
  }
  const taken = () => {
    const before = counts
    counts = {}
    return before
  }
  return { clients, taken }
}

describe('requests, on LocalStack', () => {
  let place: CloudTestPlace
  let store: CloudStore
  let taken: () => Record<string, number>
  let chunks: Chunk[]
  beforeEach(async () => {
    place = await makeCloudPlace()
    const opening = new CloudStore(place, { clients: place.clients })
    const { lease } = await opening.createVersion('poems', (version) => newVersion(version))
    const { epoch } = await lease.handOver()
    chunks = await planChunks(opening, v0, [upTo(1, 25), upTo(26, 50)])
    const counting = countingClients()
    taken = counting.taken
    // As a Lambda of a stage: with a clock that stands still, so that looks at the table are those of the beginning.
    const now = Date.now()
    store = new CloudStore(place, { clients: counting.clients, now: () => now, writer: { ref: v0, epoch } })
  })
  afterEach(() => place.remove())

  /** As stage `process` does. */
  async function processChunk(chunk: Chunk | undefined, indexes: number[], keepOne = answered) {
    const keeper = await store.keeper(v0, 1, chunk)
    const kept = await store.kept(v0, 1)
    await Promise.all(
      indexes.map(async (index) => {
        expect(await kept.find(placeOf(index))).toBeUndefined()
        await keeper.keepPrompt(placeOf(index).segment, 'Write.')
        await keeper.keep(keepOne(index))
      }),
    )
    await Promise.all([keeper.close(), kept.close()])
  }

  test('a dense chunk of 25: two PUTs an item, two PUTs, one LIST and one GET for the chunk', async () => {
    await processChunk(chunks[0], upTo(1, 25))
    expect(taken()).toEqual({ PutObject: 25 * 2 + 2, ListObjectsV2: 1, GetObject: 1, UpdateItem: 1 })
  })

  test('a chunk in three shards: two PUTs and one LIST for each', async () => {
    const far = [1, 1500, 2500]
    const [chunk] = await planChunks(store, v0, [far])
    taken()
    await processChunk(chunk, far)
    expect(taken()).toEqual({ PutObject: 3 * 2 + 3 * 2, ListObjectsV2: 3, GetObject: 1, UpdateItem: 1 })
  })

  test('a failure takes an entry and its reply besides the prompt; a spent reply one entry', async () => {
    await processChunk(chunks[0], upTo(1, 25), failed)
    expect(taken()).toEqual({ PutObject: 25 * 3 + 2, ListObjectsV2: 1, GetObject: 1, UpdateItem: 1 })
    const keeper = await store.keeper(v0, 1, chunks[1])
    taken()
    await keeper.spend(spentReply(26))
    expect(taken()).toEqual({ PutObject: 1 })
    await keeper.close()
  })

  test('a chunk that is tried again reads one part, and puts two markers', async () => {
    await processChunk(chunks[0], upTo(1, 25))
    taken()
    const keeper = await store.keeper(v0, 1, chunks[0])
    const kept = await store.kept(v0, 1)
    for (const index of upTo(1, 25)) expect((await kept.find(placeOf(index)))?.kept?.answer).toBeDefined()
    await Promise.all([keeper.close(), kept.close()])
    expect(taken()).toEqual({ PutObject: 2, ListObjectsV2: 1, GetObject: 2 })
  })

  test('a chunk whose session was killed looks at each of its items once, and puts what it finds as one part', async () => {
    const killed = await store.keeper(v0, 1, chunks[0])
    await Promise.all(upTo(1, 10).map((index) => killed.keep(answered(index))))
    taken()
    const next = countingClients()
    const again = new CloudStore(place, { clients: next.clients })
    const keeper = await again.keeper(v0, 1, chunks[0])
    const kept = await again.kept(v0, 1)
    for (const index of upTo(1, 25)) expect((await kept.find(placeOf(index))) !== undefined).toBe(index <= 10)
    await Promise.all([keeper.close(), kept.close()])
    expect(next.taken()).toEqual({ PutObject: 2 + 1, ListObjectsV2: 1, GetObject: 1 + 25 })
    // The next one looks again, for the dead one may only be slow, but finds nothing new: what it reads are two parts.
    await (await again.keeper(v0, 1, chunks[0])).close()
    expect(next.taken()).toEqual({ PutObject: 2, ListObjectsV2: 1, GetObject: 1 + 2 + 25 })
  })

  test('collating reads a LIST for a thousand items and a GET for a chunk', async () => {
    for (const [at, chunk] of chunks.entries()) await processChunk(chunk, upTo(at * 25 + 1, at * 25 + 25))
    taken()
    const kept = await store.kept(v0, 1)
    for (const index of upTo(1, 50)) expect((await kept.find(placeOf(index)))?.kept?.answer).toBe(`{"n": ${index}}`)
    expect(taken()).toEqual({ ListObjectsV2: 1, GetObject: 2 })
  })

  test('a reservation and its settlement are a request each; a refusal is two; a beat is one', async () => {
    const account = await store.spendAccount(v0, 1)
    taken()
    expect(await account?.reserve(0.5)).toBe(true)
    expect(taken()).toEqual({ UpdateItem: 2 })
    await account?.settle(0.5, 0.25)
    expect(taken()).toEqual({ UpdateItem: 1 })
    expect(await account?.reserve(0.9)).toBe(false)
    expect(taken()).toEqual({ UpdateItem: 1, GetItem: 1 })
    const nothing = { answered: 1, failed: 0, kept: 0, cost_usd: 0.1 }
    const tokens = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0 }
    const progress = store.progress(v0)
    await progress.beat(1, 1, { ...nothing, ...tokens })
    expect(taken()).toEqual({ UpdateItem: 1 })
    await Promise.all([progress.leave(), account?.close()])
    expect(taken()).toEqual({ UpdateItem: 2 })
  })

  test('a claim is a request, and so is its end', async () => {
    const waits = () => expect.fail('Nobody else has the batch.')
    const claiming = { step: 1, batch: 1, stop: new AbortController().signal, waits }
    taken()
    const claim = await store.claim({ ...v0, epoch: 1 }, claiming)
    expect(taken()).toEqual({ UpdateItem: 1 })
    await claim.end()
    expect(taken()).toEqual({ DeleteItem: 1 })
  })
})
