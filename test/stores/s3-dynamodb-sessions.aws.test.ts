/** Sessions of keeping: one that is killed loses nothing that was paid for, and nothing counts twice. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Chunk } from '../../core/documents.ts'
import { StoreUnwritable } from '../../core/errors.ts'
import { type Keeper, type KeptItem, stepFiles, type VersionRef } from '../../core/store.ts'
import { type CloudClients, CloudStore } from '../../stores/s3-dynamodb.ts'
import { type CloudTestPlace, cloudClients, makeCloudPlace } from './cloud-place.ts'
import { planChunks, upTo } from './planned.ts'
import { answered, failed, lineOf, newVersion, spentReply } from './samples.ts'
import { placeOf, text } from './store-contract.ts'

const v0: VersionRef = { pipeline: 'poems', version: 'v0' }

describe('sessions, on LocalStack', () => {
  let place: CloudTestPlace
  let store: CloudStore
  beforeEach(async () => {
    place = await makeCloudPlace()
    store = new CloudStore(place, { clients: place.clients })
    const { lease } = await store.createVersion('poems', (version) => newVersion(version))
    // Its signs of life would go on after the test.
    await lease.handOver()
  })
  afterEach(() => place.remove())

  const another = (clients = place.clients) => new CloudStore(place, { clients })
  const parts = (shard = '000000') => store.list(`outputs/poems/v0/work/01_parts/${shard}`)

  function breaking(broken: { keys: RegExp | null }): CloudClients {
    const clients = cloudClients()
    clients.s3.middlewareStack.add(
      (next) => async (args) => {
        const { Key = '', Body } = args.input as { Key?: string; Body?: unknown }
        if (Body !== undefined && broken.keys?.test(Key))
          throw Object.assign(new Error('Please reduce your request rate.'), {
            name: 'SlowDown',
            $metadata: { httpStatusCode: 503 },
          })
        return next(args)
      },
      { step: 'initialize' },
    )
    return clients
  }

  async function allKept(by: CloudStore, indexes: number[]) {
    const kept = await by.kept(v0, 1)
    const found = []
    for (const index of indexes) found.push(await kept.find(placeOf(index)))
    await kept.close()
    return found
  }

  test('a failure had its turn in the run that kept it, killed or not, and in no later run', async () => {
    const [chunk] = await planChunks(store, v0, [upTo(1, 3)])
    const killed = await store.keeper(v0, 1, { chunk })
    for (const item of [failed(1), answered(2)]) await killed.keep(item)
    const turnsUnder = async (epoch: number) => {
      const by = new CloudStore(place, { clients: place.clients, writer: { ref: v0, epoch } })
      return (await allKept(by, upTo(1, 3))).map((found) => found?.hadItsTurn)
    }
    const turns = [await turnsUnder(1), await turnsUnder(2)]
    await killed.close()
    expect([...turns, await turnsUnder(1)]).toEqual([
      [true, undefined, undefined],
      [undefined, undefined, undefined],
      [true, undefined, undefined],
    ])
  })

  test('a session that was killed has lost nothing: the next one finds every answer, failure and spent reply, each once', async () => {
    const [chunk] = await planChunks(store, v0, [upTo(1, 5)])
    const killed = await store.keeper(v0, 1, { chunk })
    await killed.spend(spentReply(2))
    for (const item of [answered(1), answered(2), failed(3)]) await killed.keep(item)

    const next = another()
    const keeper = await next.keeper(v0, 1, { chunk })
    const expected = [
      { kept: answered(1), spent: [] },
      { kept: answered(2), spent: [spentReply(2)] },
      { kept: failed(3), spent: [] },
      undefined,
      undefined,
    ]
    expect(await allKept(next, upTo(1, 5))).toEqual(expected)
    await keeper.keep(answered(3))
    for (const index of [4, 5]) await keeper.keep(answered(index))
    await keeper.close()

    const whole = [
      ...expected.slice(0, 2),
      { kept: answered(3), spent: [spentReply(3, { cost_usd: 0.5 })] },
      { kept: answered(4), spent: [] },
      { kept: answered(5), spent: [] },
    ]
    expect(await allKept(another(), upTo(1, 5))).toEqual(whole)
    // The dead one was only slow: what it puts now is known.
    await killed.close()
    expect(await allKept(another(), upTo(1, 5))).toEqual(whole)
  })

  test('who only reads finds what an unfinished session has put, without a part', async () => {
    const [chunk] = await planChunks(store, v0, [upTo(1, 3)])
    const killed = await store.keeper(v0, 1, { chunk })
    await killed.keep(answered(2, '"é"'))
    expect(await parts()).toEqual([expect.stringMatching(/^1-3_[0-9A-Z]{26}\.open$/)])
    expect(await allKept(another(), upTo(1, 3))).toEqual([
      undefined,
      { kept: answered(2, '"é"'), spent: [] },
      undefined,
    ])
  })

  test('a third session finds what the second found again of the first, also when the item was answered anew', async () => {
    const [chunk] = await planChunks(store, v0, [upTo(1, 2)])
    await (await store.keeper(v0, 1, { chunk })).keep(answered(1, '"first"'))
    await (await another().keeper(v0, 1, { chunk })).keep(answered(1, '"second"'))
    const third = another()
    const keeper = await third.keeper(v0, 1, { chunk })
    const expected = [{ kept: answered(1, '"second"'), spent: [spentReply(1)] }]
    expect(await allKept(third, [1])).toEqual(expected)
    await keeper.close()
    expect(await allKept(another(), [1])).toEqual(expected)
  })

  test('what a keeper kept counts once for who has the step open before, while and after it closes', async () => {
    const keeper = await store.keeper(v0, 1)
    const kept = await store.kept(v0, 1)
    await keeper.spend(spentReply(1, { cost_usd: 1 }))
    await keeper.keep(answered(1))
    const expected = { kept: answered(1), spent: [spentReply(1, { cost_usd: 1 })] }
    const late = await store.kept(v0, 1)
    expect(await kept.find(placeOf(1))).toEqual(expected)
    await keeper.close()
    // This one lists the shard only now, and finds in the part what it knows already.
    expect([await kept.find(placeOf(1)), await late.find(placeOf(1))]).toEqual([expected, expected])
  })

  test('a ledger line that is too long for the object is an entry of its own, and found when the session is killed', async () => {
    const [chunk] = await planChunks(store, v0, [[1]])
    const long: KeptItem = { ...answered(1), line: lineOf(1, { root_id: 'ü'.repeat(2000) }) }
    const killed = await store.keeper(v0, 1, { chunk })
    await killed.keep(long)
    expect((await parts()).filter((name) => name.endsWith('.json'))).toEqual([
      expect.stringMatching(/^1_[0-9A-Z]{26}_000001\.json$/),
    ])
    expect(await text(store, 'outputs/poems/v0/items/4001/01_output.json')).toBe('{"n": 1}\n')
    expect(await allKept(another(), [1])).toEqual([{ kept: long, spent: [] }])
    await killed.close()
    expect(await allKept(another(), [1])).toEqual([{ kept: long, spent: [] }])
  })

  describe('answers that are too large to be held all', () => {
    const large = (index: number) => answered(index, JSON.stringify(`${index} `.repeat(3_000_000 / 2)))
    const partsPut = async () =>
      (await parts()).filter((name) => name.endsWith('.jsonl')).map((name) => name.split('_')[0])

    test('are put as a part of 16 MB before the session ends; who asks gets their texts, killed or not', async () => {
      const [chunk] = await planChunks(store, v0, [upTo(1, 8)])
      const keeper = await store.keeper(v0, 1, { chunk })
      await keeper.keep(failed(1))
      for (const index of upTo(2, 7)) await keeper.keep(large(index))
      expect(await partsPut()).toEqual(['1-7'])
      const expected = [failed(1), ...upTo(2, 7).map(large)]
      const found = async (by: CloudStore) => (await allKept(by, upTo(1, 7))).map((one) => one?.kept)
      expect(await found(store)).toEqual(expected)
      expect(await found(another())).toEqual(expected)
      await keeper.keep(answered(8))
      await keeper.close()
      expect(await partsPut()).toEqual(['1-7', '1-8'])
      const [, last = ''] = (await parts()).filter((name) => name.endsWith('.jsonl'))
      // The last part has only what is in no other.
      const lines = (await text(store, `outputs/poems/v0/work/01_parts/000000/${last}`)).trim().split('\n')
      expect(lines.map((line) => JSON.parse(line).kept.line.item_index)).toEqual([8])
      expect(await found(another())).toEqual(expected)
    })

    test('are found again in parts of 16 MB after a kill, and the keeper holds of the others only what came of them', async () => {
      const [chunk] = await planChunks(store, v0, [upTo(1, 60)])
      const killed = await store.keeper(v0, 1, { chunk })
      const indexes = [...upTo(1, 5), ...upTo(52, 58)]
      await Promise.all(indexes.slice(0, 5).map((index) => killed.keep(large(index))))
      const late = await another().keeper(v0, 1, { chunk })
      await Promise.all(indexes.slice(5).map((index) => late.keep(large(index))))
      const next = another()
      const keeper = await next.keeper(v0, 1, { chunk })
      const kept = await next.kept(v0, 1)
      const outcomes = await Promise.all(indexes.map((index) => kept.find(placeOf(index), 'outcome')))
      expect(outcomes.map((found) => found?.kept?.line.state)).toEqual(indexes.map(() => 'answered'))
      const held = outcomes.reduce((sum, found) => sum + (found?.kept?.answer?.length ?? 0), 0)
      expect(held).toBeLessThan(17_000_000)
      expect(held).toBeGreaterThan(0)
      expect(await allKept(next, indexes)).toEqual(indexes.map((index) => ({ kept: large(index), spent: [] })))
      await keeper.close()
      await late.close()
    })
  })

  describe('packed', () => {
    const keep = { prompts: 'packed', items: 'packed' } as const
    const large = (index: number) => answered(index, JSON.stringify(`${index} `.repeat(3_000_000 / 2)))

    async function keepAll(keeper: Keeper, items: KeptItem[]) {
      for (const { line } of items) await keeper.keepPrompt(line.segment, `Write ${line.item_index}.`)
      await Promise.all(items.map((item) => keeper.keep(item)))
    }

    test('a session that was killed has lost nothing that was acknowledged; the next one asks for the rest', async () => {
      const [chunk] = await planChunks(store, v0, [upTo(1, 5)])
      const killed = await store.keeper(v0, 1, { chunk, keep })
      await killed.spend(spentReply(2))
      await keepAll(killed, [answered(1), answered(2), failed(3)])
      expect((await parts()).map((name) => name.replace(/_.*/, ''))).toEqual(['1-3', '1-5', '2'])
      const next = another()
      const keeper = await next.keeper(v0, 1, { chunk, keep })
      const kept = [
        { kept: answered(1), spent: [] },
        { kept: answered(2), spent: [spentReply(2)] },
        { kept: failed(3), spent: [] },
        undefined,
        undefined,
      ]
      expect(await allKept(next, upTo(1, 5))).toEqual(kept)
      await keepAll(keeper, [answered(3), answered(4), answered(5)])
      await keeper.close()
      const whole = await another().kept(v0, 1)
      const found = await Promise.all(upTo(1, 5).map((index) => whole.find(placeOf(index), 'with prompt')))
      expect(found.map((one) => [one?.kept?.answer, one?.prompt])).toEqual(
        upTo(1, 5).map((index) => [`{"n": ${index}}`, `Write ${index}.`]),
      )
      expect(await store.list('outputs/poems/v0/items')).toEqual([])
      expect(await store.list('outputs/poems/v0/prompts')).toEqual([])
    })

    test('texts that are not held any more are read from the parts', async () => {
      const [chunk] = await planChunks(store, v0, [upTo(1, 8)])
      const keeper = await store.keeper(v0, 1, { chunk, keep })
      for (const index of upTo(1, 7)) await keepAll(keeper, [large(index)])
      const found = await allKept(store, upTo(1, 7))
      expect(found.map((one) => one?.kept)).toEqual(upTo(1, 7).map(large))
      const kept = await store.kept(v0, 1)
      expect((await kept.find(placeOf(2), 'with prompt'))?.prompt).toBe('Write 2.')
      await keeper.close()
      expect((await allKept(another(), upTo(1, 7))).map((one) => one?.kept)).toEqual(upTo(1, 7).map(large))
    })

    test('a group that is refused is told to each of its answers, and stands in the part', async () => {
      const [chunk] = await planChunks(store, v0, [upTo(1, 2)])
      const keeper = await another(breaking({ keys: /_000001\.json$/ })).keeper(v0, 1, { chunk, keep })
      for (const index of [1, 2]) await keeper.keepPrompt(placeOf(index).segment, 'Write.')
      const outcomes = await Promise.allSettled([keeper.keep(answered(1)), keeper.keep(answered(2))])
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      await expect(keeper.close()).rejects.toThrow(StoreUnwritable)
      expect((await allKept(another(), [1, 2])).map((one) => one?.kept)).toEqual([answered(1), answered(2)])
    })

    test('answers as files and packed prompts: a killed session has both, and the next one writes the files', async () => {
      const mixed = { prompts: 'packed', items: 'files' } as const
      const [chunk] = await planChunks(store, v0, [upTo(1, 2)])
      const killed = await another(breaking({ keys: /_output\.json$/ })).keeper(v0, 1, { chunk, keep: mixed })
      await killed.keepPrompt(placeOf(1).segment, 'Write.')
      await expect(killed.keep(answered(1))).rejects.toThrow(StoreUnwritable)
      const next = another()
      const keeper = await next.keeper(v0, 1, { chunk, keep: mixed })
      expect(await text(store, 'outputs/poems/v0/items/4001/01_output.json')).toBe('{"n": 1}\n')
      const kept = await next.kept(v0, 1)
      expect(await kept.find(placeOf(1), 'with prompt')).toEqual({ kept: answered(1), spent: [], prompt: 'Write.' })
      await keeper.close()
    })
  })

  test('a chunk that is cut larger than before, as by a later release, finds what the smaller ones kept, killed or not', async () => {
    const [first, second, third] = await planChunks(store, v0, [upTo(1, 3), upTo(4, 6), upTo(7, 9)])
    const whole = { batch: 1, bytes: [0, third?.bytes[1] ?? 0] as [number, number], process: 9 }
    const ended = await store.keeper(v0, 1, { chunk: first })
    for (const index of upTo(1, 3)) await ended.keep(answered(index))
    await ended.close()
    const killed = await store.keeper(v0, 1, { chunk: second })
    for (const index of [4, 5]) await killed.keep(answered(index))
    const next = another()
    const keeper = await next.keeper(v0, 1, { chunk: whole })
    const kept = (await allKept(next, upTo(1, 9))).map((found) => found?.kept)
    expect(kept).toEqual([...upTo(1, 5).map((index) => answered(index)), ...Array(4).fill(undefined)])
    await keeper.close()
  })

  test('a chunk whose items lie far apart has its share in each shard; chunks beside it are not mixed up', async () => {
    const far = [7, 999, 1000, 1001, 40_000]
    const [sparse, beside] = await planChunks(store, v0, [far, [1002, 1500]])
    const keepers = await Promise.all([
      store.keeper(v0, 1, { chunk: sparse }),
      another().keeper(v0, 1, { chunk: beside }),
    ])
    for (const index of far) await keepers[0]?.keep(answered(index))
    await keepers[1]?.keep(answered(1500))
    await Promise.all(keepers.map((keeper) => keeper.close()))
    expect(await store.list('outputs/poems/v0/work/01_parts')).toEqual(['000000/', '000001/', '000039/'])
    expect((await parts('000001')).map((name) => name.replace(/_.*\./, ' '))).toEqual([
      '1001-1001 jsonl',
      '1001-1001 open',
      '1002-1500 jsonl',
      '1002-1500 open',
    ])
    expect(await allKept(another(), [...far, 1002, 1500])).toEqual([
      ...far.map((index) => ({ kept: answered(index), spent: [] })),
      undefined,
      { kept: answered(1500), spent: [] },
    ])
  })

  test('a step is walked through shard by shard, forwards and at random', async () => {
    const indexes = upTo(1, 2300).filter((index) => index % 23 === 0)
    const cut = [indexes.slice(0, 30), indexes.slice(30, 60), indexes.slice(60)]
    const chunks = await planChunks(store, v0, cut)
    for (const [at, chunk] of chunks.entries()) {
      const keeper = await store.keeper(v0, 1, { chunk })
      await Promise.all((cut[at] ?? []).map((index) => keeper.keep(answered(index))))
      await keeper.close()
    }
    const expected = (order: number[]) => order.map((index) => ({ kept: answered(index), spent: [] }))
    expect(await allKept(another(), indexes)).toEqual(expected(indexes))
    const mixed = indexes.map((_, at) => indexes[(at * 37) % indexes.length] ?? 0)
    expect(await allKept(another(), mixed)).toEqual(expected(mixed))
  })

  /** Clients of a process that dies before its request of this number: nothing goes out any more. */
  function dyingBefore(request: number): { clients: CloudClients; died: () => boolean } {
    const clients = cloudClients()
    let sent = 0
    clients.s3.middlewareStack.add(
      (next) => async (args) => {
        sent += 1
        if (sent > request) throw new Error('dead')
        return next(args)
      },
      { step: 'initialize' },
    )
    return { clients, died: () => sent > request }
  }

  const long: KeptItem = { ...answered(3), line: lineOf(3, { root_id: 'ü'.repeat(2000) }) }

  /** What a process does with a chunk of four; says what it was told is kept. */
  async function keepUntilDead(by: CloudStore, chunk: Chunk | undefined): Promise<Set<string>> {
    const told = new Set<string>()
    const acts: [string, (keeper: Keeper) => Promise<void>][] = [
      ['spent 1', (keeper) => keeper.spend(spentReply(1, { cost_usd: 1 }))],
      ['kept 1', (keeper) => keeper.keep(answered(1))],
      ['kept 2', (keeper) => keeper.keep(failed(2))],
      ['kept 3', (keeper) => keeper.keep(long)],
      ['kept 4', (keeper) => keeper.keep(answered(4))],
    ]
    const keeper = await by.keeper(v0, 1, { chunk }).catch(() => null)
    if (keeper === null) return told
    for (const [name, act] of acts) {
      await keeper.keepPrompt(placeOf(Number(name.slice(-1))).segment, 'Write.')
      await act(keeper).then(
        () => told.add(name),
        () => {},
      )
    }
    await keeper.close().catch(() => {})
    return told
  }

  test('wherever a process dies, what it was told is kept is found once, and stays so', async () => {
    let requests = 0
    for (let died = true; died; requests++) {
      await store.removeWork(v0)
      for (const name of await store.list('outputs/poems/v0/items'))
        for (const file of await store.list(`outputs/poems/v0/items/${name}`))
          await store.remove(`outputs/poems/v0/items/${name}${file}`)
      const [chunk] = await planChunks(store, v0, [upTo(1, 4)])
      const dying = dyingBefore(requests)
      const told = await keepUntilDead(another(dying.clients), chunk)
      died = dying.died()

      const next = another()
      const keeper = await next.keeper(v0, 1, { chunk })
      const seen = await allKept(next, upTo(1, 4))
      for (const [at, item] of [answered(1), failed(2), long, answered(4)].entries()) {
        if (told.has(`kept ${at + 1}`)) expect(seen[at]?.kept).toEqual(item)
      }
      const spent = seen.map((one) => one?.spent ?? [])
      if (told.has('spent 1')) expect(spent[0]).toEqual([spentReply(1, { cost_usd: 1 })])
      expect(spent.map(({ length }) => length)).toEqual([expect.toSatisfy((count) => count <= 1), 0, 0, 0])
      await keeper.close()
      expect(await allKept(another(), upTo(1, 4))).toEqual(seen)
    }
    expect(requests).toBeGreaterThan(15)
  })

  describe('what cannot be written', () => {
    /** Clients whose PUTs of some keys are refused while `broken` says so. */
    test('an answer whose object is refused stands in the part, and the next session writes the object and the prompt', async () => {
      const broken = { keys: /\/(items|prompts)\// as RegExp | null }
      const [chunk] = await planChunks(store, v0, [[1, 2]])
      const keeper = await another(breaking(broken)).keeper(v0, 1, { chunk })
      await keeper.keepPrompt('4001', 'Write a poem.')
      const keeping = keeper.keep(answered(1))
      await expect(keeping).rejects.toBeInstanceOf(StoreUnwritable)
      await expect(keeping).rejects.toThrow(
        'Cannot write outputs/poems/v0/items/4001/01_output.json: AWS asks to slow down, and did so until the attempts were used up (SlowDown). What was kept before is safe. Wait a minute, then continue with `itemwise resume`.',
      )
      await expect(keeper.close()).rejects.toBeInstanceOf(StoreUnwritable)
      expect(await allKept(store, [1])).toEqual([{ kept: answered(1), spent: [] }])
      expect(await store.size(stepFiles(v0, 1).output('4001'))).toBeUndefined()

      await (await store.keeper(v0, 1, { chunk })).close()
      expect(await text(store, stepFiles(v0, 1).output('4001'))).toBe('{"n": 1}\n')
      expect(await text(store, stepFiles(v0, 1).prompt('4001'))).toBe('Write a poem.')
    })

    test('what is refused once is written when the session ends; the caller is told all the same', async () => {
      const broken = { keys: /\/items\// as RegExp | null }
      const [chunk] = await planChunks(store, v0, [[1, 2]])
      const keeper = await another(breaking(broken)).keeper(v0, 1, { chunk })
      await expect(keeper.keep(answered(1))).rejects.toBeInstanceOf(StoreUnwritable)
      broken.keys = null
      await keeper.keep(answered(2))
      await expect(keeper.close()).rejects.toBeInstanceOf(StoreUnwritable)
      expect(await allKept(store, [1, 2])).toEqual([1, 2].map((index) => ({ kept: answered(index), spent: [] })))
      expect(await text(store, stepFiles(v0, 1).output('4001'))).toBe('{"n": 1}\n')
    })

    test('a part that is refused is a failure, and nothing is lost by it', async () => {
      const [chunk] = await planChunks(store, v0, [[1]])
      const keeper = await another(breaking({ keys: /\.jsonl$/ })).keeper(v0, 1, { chunk })
      await keeper.keep(answered(1))
      await expect(keeper.close()).rejects.toThrow(/^Cannot write outputs\/poems\/v0\/work\/01_parts\/000000\/1-1_/)
      expect(await allKept(another(), [1])).toEqual([{ kept: answered(1), spent: [] }])
    })
  })
})
