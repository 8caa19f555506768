/** How many requests keeping takes: the figures that docs/scale.md quotes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Chunk } from '../../core/documents.ts'
import { nothingSpent } from '../../core/money/spending.ts'
import { open } from '../../core/stages/open.ts'
import { plan, wholeStep } from '../../core/stages/plan.ts'
import { process } from '../../core/stages/process.ts'
import { eachItsFile, stepFiles, type VersionRef } from '../../core/store.ts'
import { claude } from '../../models/claude/claude.ts'
import { StandIn } from '../../models/offline/stand-in.ts'
import { type CloudClients, type CloudLease, CloudStore } from '../../stores/s3-dynamodb.ts'
import {
  requestsOfClaim,
  requestsOfCollate,
  requestsOfFailure,
  requestsOfGroup,
  requestsOfItem,
  requestsOfKeeper,
  requestsOfLeaving,
  requestsOfProcess,
  requestsOfShard,
} from '../../tools/aws-requests.ts'
import { type CloudTestPlace, cloudClients, makeCloudPlace } from './cloud-place.ts'
import { planChunks, upTo } from './planned.ts'
import { answered, failed, newVersion, spentReply } from './samples.ts'
import { placeOf, text } from './store-contract.ts'

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
  async function processChunk(chunk: Chunk | undefined, indexes: number[], keepOne = answered, keep = eachItsFile) {
    const keeper = await store.keeper(v0, 1, { chunk, keep })
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
    expect(taken()).toEqual({
      PutObject: 25 * requestsOfItem.PutObject + requestsOfShard.PutObject,
      ListObjectsV2: requestsOfShard.ListObjectsV2,
      ...requestsOfKeeper,
    })
  })

  /** An answer or a failure that took so long that its group waits for the others. */
  const slow = (kept: typeof answered) => (index: number) => {
    const { line, ...texts } = kept(index)
    return { line: { ...line, milliseconds: 20_000 }, ...texts }
  }

  test('packed, answers of a moment are one PUT with their prompts, in each shard that they are of', async () => {
    const keep = { prompts: 'packed', items: 'packed' } as const
    await processChunk(chunks[0], upTo(1, 25), slow(answered), keep)
    const { UpdateItem, GetObject } = requestsOfKeeper
    const chunkRequests = { ListObjectsV2: requestsOfShard.ListObjectsV2, GetObject }
    expect(taken()).toEqual({
      PutObject: requestsOfGroup.PutObject + requestsOfShard.PutObject,
      ...chunkRequests,
      UpdateItem,
    })
    await processChunk(chunks[1], upTo(26, 50), slow(failed), keep)
    expect(taken()).toEqual({ PutObject: requestsOfGroup.PutObject + requestsOfShard.PutObject, ...chunkRequests })
    const [far] = await planChunks(store, v0, [[999, 1000, 1001]])
    taken()
    await processChunk(far, [999, 1000, 1001], slow(answered), keep)
    expect(taken().PutObject).toBe(2 * requestsOfGroup.PutObject + 2 * requestsOfShard.PutObject)
  })

  test('a packed chunk whose session was killed is read by its groups, and no item is looked at', async () => {
    const keep = { prompts: 'packed', items: 'packed' } as const
    const killed = await new CloudStore(place, { clients: place.clients }).keeper(v0, 1, { chunk: chunks[0], keep })
    for (const some of [upTo(1, 5), upTo(6, 10)])
      await Promise.all(
        some.map(async (index) => {
          await killed.keepPrompt(placeOf(index).segment, 'Write.')
          await killed.keep(slow(answered)(index))
        }),
      )
    const next = countingClients()
    const again = new CloudStore(place, { clients: next.clients })
    const keeper = await again.keeper(v0, 1, { chunk: chunks[0], keep })
    const kept = await again.kept(v0, 1)
    for (const index of upTo(1, 25))
      expect(await kept.find(placeOf(index), 'with prompt')).toEqual(
        index <= 10 ? { kept: slow(answered)(index), spent: [], prompt: 'Write.' } : undefined,
      )
    await Promise.all([keeper.close(), kept.close()])
    // The lines of the plan, and two groups.
    expect(next.taken()).toEqual({ PutObject: 2, ListObjectsV2: 1, GetObject: 1 + 2 })
  })

  test('the claim of a chunk is taken and given back, and its worker leaves the counts', async () => {
    const run = { ...v0, epoch: 1 }
    const progress = store.progress(run)
    await progress.beat(run.epoch, 1, { answered: 1, failed: 0, kept: 0, ...nothingSpent })
    taken()
    const claim = await store.claim(run, { step: 1, batch: 1, stop: new AbortController().signal, waits: () => {} })
    await claim.end()
    expect(taken()).toEqual(requestsOfClaim)
    await progress.leave()
    expect(taken()).toEqual(requestsOfLeaving)
  })

  test('a chunk in three shards: two PUTs and one LIST for each', async () => {
    const far = [1, 1500, 2500]
    const [chunk] = await planChunks(store, v0, [far])
    taken()
    await processChunk(chunk, far)
    expect(taken()).toEqual({
      PutObject: 3 * requestsOfItem.PutObject + 3 * requestsOfShard.PutObject,
      ListObjectsV2: 3 * requestsOfShard.ListObjectsV2,
      ...requestsOfKeeper,
    })
  })

  test('a failure takes an entry and its reply besides the prompt; a spent reply one entry', async () => {
    await processChunk(chunks[0], upTo(1, 25), failed)
    expect(taken()).toEqual({
      PutObject: 25 * requestsOfFailure.PutObject + requestsOfShard.PutObject,
      ListObjectsV2: requestsOfShard.ListObjectsV2,
      ...requestsOfKeeper,
    })
    const keeper = await store.keeper(v0, 1, { chunk: chunks[1] })
    taken()
    await keeper.spend(spentReply(26))
    expect(taken()).toEqual({ PutObject: 1 })
    await keeper.close()
  })

  test('a chunk that is tried again reads one part, and puts two markers', async () => {
    await processChunk(chunks[0], upTo(1, 25))
    taken()
    const keeper = await store.keeper(v0, 1, { chunk: chunks[0] })
    const kept = await store.kept(v0, 1)
    for (const index of upTo(1, 25)) expect((await kept.find(placeOf(index)))?.kept?.answer).toBeDefined()
    await Promise.all([keeper.close(), kept.close()])
    expect(taken()).toEqual({ PutObject: 2, ListObjectsV2: 1, GetObject: 2 })
  })

  test('a chunk whose session was killed looks at each of its items once, and puts what it finds as one part', async () => {
    const killed = await store.keeper(v0, 1, { chunk: chunks[0] })
    await Promise.all(upTo(1, 10).map((index) => killed.keep(answered(index))))
    taken()
    const next = countingClients()
    const again = new CloudStore(place, { clients: next.clients })
    const keeper = await again.keeper(v0, 1, { chunk: chunks[0] })
    const kept = await again.kept(v0, 1)
    for (const index of upTo(1, 25)) expect((await kept.find(placeOf(index))) !== undefined).toBe(index <= 10)
    await Promise.all([keeper.close(), kept.close()])
    expect(next.taken()).toEqual({ PutObject: 2 + 1, ListObjectsV2: 1, GetObject: 1 + 25 })
    // The next one looks again, for the dead one may only be slow, but finds nothing new: what it reads are two parts.
    await (await again.keeper(v0, 1, { chunk: chunks[0] })).close()
    expect(next.taken()).toEqual({ PutObject: 2, ListObjectsV2: 1, GetObject: 1 + 2 + 25 })
  })

  test('collating reads a LIST for a thousand items and a GET for a chunk', async () => {
    for (const [at, chunk] of chunks.entries()) await processChunk(chunk, upTo(at * 25 + 1, at * 25 + 25))
    taken()
    const kept = await store.kept(v0, 1)
    for (const index of upTo(1, 50)) expect((await kept.find(placeOf(index)))?.kept?.answer).toBe(`{"n": ${index}}`)
    expect(taken()).toEqual({ ...requestsOfCollate, GetObject: 2 * requestsOfCollate.GetObject })
  })

  test('stage `process` makes the requests that docs/scale.md reckons with', async () => {
    const opening = new CloudStore(place, { clients: place.clients })
    const words = Array.from({ length: 40 }, (_, at) => ({ id: at + 1, word: `w${at}` }))
    await opening.write('inputs/words.json', JSON.stringify(words))
    await opening.write('prompts/define.md', 'Define {word} as JSON.')
    const stages = {
      store: opening,
      provider: claude,
      standIn: true,
      batches: false,
      now: Date.now,
      newId: () => 'r',
      report: () => {},
    }
    const request = { pipeline_name: 'words', steps: [{ prompt_name: 'define', input_file: 'inputs/words.json' }] }
    const { ref, lease } = await open(stages, { kind: 'run', request: request as never })
    const { epoch } = await (lease as CloudLease).handOver()
    await plan(opening, ref, { step: 1, chunkLimits: wholeStep })
    const chunk: Chunk = JSON.parse(await text(opening, stepFiles(ref, 1).chunks))[0]
    const counting = countingClients()
    const now = Date.now()
    const counted = new CloudStore(place, { clients: counting.clients, now: () => now, writer: { ref, epoch } })
    const never = new AbortController().signal
    const clocks = { now: Date.now, monotonic: () => performance.now(), sleep: async () => {} }
    const tools = { ...stages, ...clocks, store: counted, model: new StandIn(), stop: never, halt: never }
    expect(await process(tools, ref, { step: 1, chunk, concurrency: 16 })).toEqual({ answered: 40, failed: 0 })
    expect(counting.taken()).toEqual({
      PutObject: 40 * requestsOfItem.PutObject + requestsOfShard.PutObject,
      ListObjectsV2: requestsOfShard.ListObjectsV2,
      GetObject: requestsOfKeeper.GetObject + requestsOfProcess.GetObject,
      UpdateItem: requestsOfKeeper.UpdateItem,
    })
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
