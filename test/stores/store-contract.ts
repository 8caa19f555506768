/** The contract of every store: what the stages rely on, whatever the store is made of. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogEntry, Metadata, SpendEntry } from '../../core/documents.ts'
import { FileMissing, PathOutside, RecordUnreadable, VersionBusy } from '../../core/errors.ts'
import {
  type ByteRange,
  type ItemPlace,
  type KeptItem,
  type SpendAccount,
  type SpentReply,
  type Store,
  tombstonePath,
  type VersionRef,
} from '../../core/store.ts'
import { answered, failed, lineOf, metadataOf, newVersion, spentReply } from './samples.ts'

export interface StoreUnderTest {
  store: Store
  /** Another view of the same workspace, as a second process has it. */
  another: Store
  /** Lets a version's record lack its mode and its status, as a slip of the hand does. */
  damage(ref: VersionRef): Promise<void>
  close(): Promise<void>
}

export async function text(store: Store, path: string, range?: ByteRange): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of store.read(path, range)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export async function keep(store: Store, ref: VersionRef, items: (KeptItem | SpentReply)[]): Promise<void> {
  const keeper = await store.keeper(ref, 1)
  for (const item of items) await ('line' in item ? keeper.keep(item) : keeper.spend(item))
  await keeper.close()
}

/** Where an item of these tests is kept. */
export function placeOf(item_index: number): ItemPlace {
  return { item_index, segment: lineOf(item_index).segment }
}

export async function found(store: Store, ref: VersionRef, index: number) {
  const kept = await store.kept(ref, 1)
  const item = await kept.find(placeOf(index))
  delete item?.hadItsTurn
  await kept.close()
  return item
}

export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let opened: StoreUnderTest
    let store: Store
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    files(() => store)
    versions(() => opened)
    answers(() => opened)
    money(() => opened)
  })
}

function files(store: () => Store): void {
  describe('files', () => {
    test('what is written is read back, bytes and all', async () => {
      await store().write('inputs/a/é.json', 'grüße 🌱\n')
      expect(await text(store(), 'inputs/a/é.json')).toBe('grüße 🌱\n')
      expect(await store().size('inputs/a/é.json')).toBe(Buffer.byteLength('grüße 🌱\n'))
    })

    test('chunks of text and bytes become one file', async () => {
      async function* chunks() {
        for (let at = 0; at < 20_000; at++) yield at % 2 === 0 ? `${at},` : Buffer.from(`${at};`)
      }
      await store().write('inputs/many.txt', chunks())
      const whole = Array.from({ length: 20_000 }, (_, at) => `${at}${at % 2 === 0 ? ',' : ';'}`).join('')
      expect(await text(store(), 'inputs/many.txt')).toBe(whole)
    })

    test('an empty file is a file', async () => {
      await store().write('inputs/none', '')
      expect([await store().size('inputs/none'), await text(store(), 'inputs/none')]).toEqual([0, ''])
    })

    test('a write replaces the file whole', async () => {
      await store().write('inputs/a', 'long before')
      await store().write('inputs/a', 'short')
      expect(await text(store(), 'inputs/a')).toBe('short')
    })

    test('a write whose chunks fail throws their error and leaves the old file', async () => {
      await store().write('inputs/a', 'before')
      async function* torn() {
        yield 'half'
        throw new Error('the source broke')
      }
      await expect(store().write('inputs/a', torn())).rejects.toThrow('the source broke')
      expect([await text(store(), 'inputs/a'), await store().list('inputs')]).toEqual(['before', ['a']])
    })

    test.for<[ByteRange, string]>([
      [[0, 4], '0123'],
      [[4, 10], '456789'],
      [[3, 3], ''],
      [[8, 99], '89'],
      [[50, 60], ''],
    ])('the range %j of 0123456789 is %j', async ([range, expected]) => {
      await store().write('inputs/digits', '0123456789')
      expect(await text(store(), 'inputs/digits', range)).toBe(expected)
    })

    test('reading what is not there throws FileMissing with the path; its size is undefined', async () => {
      await store().write('inputs/a', '')
      await expect(text(store(), 'inputs/b')).rejects.toThrow(new FileMissing('inputs/b'))
      await expect(text(store(), 'inputs/a/b')).rejects.toBeInstanceOf(FileMissing)
      await expect(text(store(), 'inputs')).rejects.toBeInstanceOf(FileMissing)
      expect([await store().size('inputs/b'), await store().size('inputs')]).toEqual([undefined, undefined])
    })

    test('a removed file is gone, and removing it again is nothing', async () => {
      await store().write('inputs/a', 'x')
      await store().remove('inputs/a')
      await store().remove('inputs/a')
      expect(await store().size('inputs/a')).toBeUndefined()
    })

    test('all files below a folder are found with what they take, and go with one call', async () => {
      const paths = [
        'outputs/poems/v0/prompts/01_prompt_a.md',
        'outputs/poems/v0/items/a/01_output.json',
        'outputs/poems/v0/x.json',
      ]
      for (const path of paths) await store().write(path, 'x'.repeat(1000))
      const used = (await Array.fromAsync(store().usageBelow('outputs/poems/v0'))).filter(
        ({ path }) => !path.endsWith('/'),
      )
      expect(used.map(({ path }) => path).sort()).toEqual([...paths].sort())
      expect(used.every(({ bytes }) => bytes >= 1000 && bytes <= 65_536)).toBe(true)
      await store().removeBelow('outputs/poems/v0/prompts')
      await store().removeBelow('outputs/poems/v0/nothing')
      const left = (await Array.fromAsync(store().usageBelow('outputs/poems/v0'))).filter(
        ({ path }) => !path.endsWith('/'),
      )
      expect(left.map(({ path }) => path).sort()).toEqual(paths.slice(1).sort())
      expect(await Array.fromAsync(store().usageBelow('outputs/nobody'))).toEqual([])
    })

    test('a listing is sorted, folders end with a slash, a missing folder is empty', async () => {
      await store().write('inputs/b.json', '')
      await store().write('inputs/a/x.json', '')
      await store().write('inputs/c/d/e.json', '')
      expect(await store().list('inputs')).toEqual(['a/', 'b.json', 'c/'])
      expect(await store().list('nowhere')).toEqual([])
    })

    test.for(['../a', 'inputs/../../a', 'inputs/../a', '/etc/passwd', 'C:\\a'])(
      '%s leads out of the workspace and is refused',
      async (path) => {
        await expect(text(store(), path)).rejects.toBeInstanceOf(PathOutside)
        await expect(store().size(path)).rejects.toBeInstanceOf(PathOutside)
        await expect(store().write(path, 'x')).rejects.toBeInstanceOf(PathOutside)
        await expect(store().remove(path)).rejects.toBeInstanceOf(PathOutside)
      },
    )
  })
}

function versions(opened: () => StoreUnderTest): void {
  const create = (change?: Partial<Metadata>) =>
    opened().store.createVersion('poems', (version) => newVersion(version, change))

  describe('versions', () => {
    test('a new version appears with its record and files, running and alive', async () => {
      const { store } = opened()
      const { ref } = await create()
      expect(ref).toEqual({ pipeline: 'poems', version: 'v0' })
      expect(await store.version(ref)).toEqual({ metadata: metadataOf('v0'), alive: true })
      expect(await text(store, 'outputs/poems/v0/run.json')).toBe('{"run":"v0"}\n')
    })

    test('numbers go up by one, and names sort by number', async () => {
      for (let at = 0; at < 11; at++) await create()
      expect(await opened().store.versions('poems')).toEqual(Array.from({ length: 11 }, (_, at) => `v${at}`))
    })

    test('eight that begin at once get eight numbers', async () => {
      const { store, another } = opened()
      const all = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          (at % 2 ? store : another).createVersion('poems', (version) => newVersion(version)),
        ),
      )
      expect(all.map(({ ref }) => ref.version).sort()).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7'])
      for (const { ref } of all) expect((await store.version(ref))?.metadata.version).toBe(ref.version)
    })

    test('a version that cannot be made leaves nothing behind', async () => {
      const { store } = opened()
      const broken = store.createVersion('poems', () => {
        throw new Error('no content')
      })
      await expect(broken).rejects.toThrow('no content')
      expect([await store.versions('poems'), await store.pipelines()]).toEqual([[], []])
    })

    test('a one-off run is a version that no pipeline lists', async () => {
      const { store } = opened()
      const { ref } = await store.createOneOff('01ABC', (version) => newVersion(version))
      expect(ref).toEqual({ pipeline: '_runs', version: '01ABC' })
      expect([(await store.version(ref))?.alive, await store.pipelines()]).toEqual([true, []])
      await expect(store.createOneOff('01ABC', (version) => newVersion(version))).rejects.toThrow('01ABC')
    })

    test('pipelines are listed by name; nothing is known of others', async () => {
      const { store } = opened()
      for (const name of ['zebra', 'apple']) await store.createVersion(name, (version) => newVersion(version))
      expect(await store.pipelines()).toEqual(['apple', 'zebra'])
      expect(await store.versions('other')).toEqual([])
      expect(await store.version({ pipeline: 'other', version: 'v0' })).toBeUndefined()
    })

    test('the records of all versions come oldest first, each with whether its writer lives', async () => {
      const { store, another } = opened()
      const leases = []
      for (let at = 0; at < 11; at++) leases.push((await create()).lease)
      await store.updateVersion({ pipeline: 'poems', version: 'v1' }, { status: 'completed', notes: 'ü' })
      await leases[2]?.release()
      await store.createVersion('other', (version) => newVersion(version))
      const expected = Array.from({ length: 11 }, (_, at) => {
        const change: Partial<Metadata> = at === 1 ? { status: 'completed', notes: 'ü' } : {}
        const metadata = metadataOf(`v${at}`, change)
        return { pipeline: 'poems', version: `v${at}`, metadata, alive: at !== 1 && at !== 2 }
      })
      expect(await Array.fromAsync(another.records('poems'))).toEqual(expected)
    })

    test('a damaged record is told, and the others are listed; without somebody to tell it is thrown', async () => {
      const { store, another, damage } = opened()
      for (let at = 0; at < 3; at++) await (await create()).lease.release()
      const v1 = { pipeline: 'poems', version: 'v1' }
      await damage(v1)
      const told: Error[] = []
      const records = await Array.fromAsync(another.records('poems', (error) => told.push(error)))
      expect(records.map(({ version }) => version)).toEqual(['v0', 'v2'])
      expect(told.map(({ name, message }) => [name, message])).toEqual([
        ['RecordUnreadable', expect.stringMatching(/1\b.* is not the record of a version: mode: .*status: .*by hand/)],
      ])
      expect(told[0]).toBeInstanceOf(RecordUnreadable)
      await expect(Array.fromAsync(store.records('poems'))).rejects.toBeInstanceOf(RecordUnreadable)
      await expect(store.version(v1)).rejects.toBeInstanceOf(RecordUnreadable)
      expect(await store.version({ ...v1, version: 'v2' })).toBeDefined()
    })

    test('a pipeline that is not there has no records', async () => {
      expect(await Array.fromAsync(opened().store.records('other'))).toEqual([])
    })

    test('an update changes the given fields and no others', async () => {
      const { ref } = await create({ notes: 'first' })
      const changed = await opened().store.updateVersion(ref, { status: 'completed', duration_seconds: 1.5 })
      const expected = metadataOf('v0', { notes: 'first', status: 'completed', duration_seconds: 1.5 })
      expect(changed).toEqual(expected)
      expect(await opened().another.version(ref)).toEqual({ metadata: expected, alive: false })
    })

    test('two updates at once both count', async () => {
      const { store } = opened()
      const { ref } = await create()
      await Promise.all([store.updateVersion(ref, { notes: 'n' }), store.updateVersion(ref, { pipeline_status: 'rc' })])
      expect((await store.version(ref))?.metadata).toEqual(metadataOf('v0', { notes: 'n', pipeline_status: 'rc' }))
    })

    test('latest moves to the highest completed version and reads as a path', async () => {
      const { store } = opened()
      for (let at = 0; at < 3; at++) await create()
      expect([await store.latest('poems'), await store.moveLatest('poems')]).toEqual([undefined, undefined])
      await store.updateVersion({ pipeline: 'poems', version: 'v1' }, { status: 'completed' })
      expect([await store.moveLatest('poems'), await store.latest('poems')]).toEqual(['v1', 'v1'])
    })

    test('latest never moves back to a version that is completed later', async () => {
      const { store } = opened()
      for (let at = 0; at < 2; at++) await create()
      for (const version of ['v1', 'v0']) {
        await store.updateVersion({ pipeline: 'poems', version }, { status: 'completed' })
        expect(await store.moveLatest('poems')).toBe('v1')
      }
      expect(await store.latest('poems')).toBe('v1')
    })

    test('publishers at once settle on the highest', async () => {
      const { store, another } = opened()
      for (let at = 0; at < 6; at++) await create()
      await Promise.all(
        [3, 5, 0, 4, 1, 2].map(async (at) => {
          const publisher = at % 2 ? store : another
          await publisher.updateVersion({ pipeline: 'poems', version: `v${at}` }, { status: 'completed' })
          await publisher.moveLatest('poems')
        }),
      )
      expect(await store.latest('poems')).toBe('v5')
    })
  })

  describe('removal', () => {
    const v = (number: number) => ({ pipeline: 'poems', version: `v${number}` })
    const removed = async (store: Store, ref: VersionRef) => {
      await store.write(tombstonePath(ref), '{}')
      await store.removeVersion(ref)
    }
    async function completed(count: number): Promise<void> {
      const { store } = opened()
      for (let at = 0; at < count; at++) {
        const { lease } = await create()
        await keep(store, v(at), [answered(1)])
        await store.updateVersion(v(at), { status: 'completed' })
        await lease.release()
      }
      await store.moveLatest('poems')
    }

    test('a removed version is gone with its record, its work and its files; the others stay', async () => {
      const { store, another } = opened()
      await completed(3)
      await removed(store, v(1))
      expect([await another.versions('poems'), await another.version(v(1))]).toEqual([['v0', 'v2'], undefined])
      expect([await another.list('outputs/poems/v1'), await another.latest('poems')]).toEqual([[], 'v2'])
      expect((await Array.fromAsync(another.records('poems'))).map(({ version }) => version)).toEqual(['v0', 'v2'])
      await store.removeVersion(v(1))
      expect(await another.versions('poems')).toEqual(['v0', 'v2'])
    })

    test('its number is not used again, not even the highest', async () => {
      const { store, another } = opened()
      await completed(2)
      await removed(store, v(1))
      expect((await another.createVersion('poems', (version) => newVersion(version))).ref.version).toBe('v2')
    })

    test('latest moves back to the completed version before it, and forward again', async () => {
      const { store, another } = opened()
      await completed(2)
      await create()
      await removed(store, v(1))
      expect([await store.latest('poems'), await another.moveLatest('poems')]).toEqual(['v0', 'v0'])
      await store.updateVersion(v(2), { status: 'completed' })
      expect([await another.moveLatest('poems'), await store.latest('poems')]).toEqual(['v2', 'v2'])
    })

    test('a pipeline whose versions are all removed is listed no longer, until there is one again', async () => {
      const { store, another } = opened()
      await completed(1)
      await removed(store, v(0))
      expect([await another.pipelines(), await another.latest('poems')]).toEqual([[], undefined])
      await create()
      expect([await another.pipelines(), await another.versions('poems')]).toEqual([['poems'], ['v1']])
    })

    test('whoever removes a version that is not there removes nothing', async () => {
      const { store } = opened()
      await completed(1)
      await store.removeVersion(v(7))
      expect([await store.versions('poems'), await store.latest('poems')]).toEqual([['v0'], 'v0'])
    })
  })

  describe('leases', () => {
    test('a version that is written is refused to others until it is released', async () => {
      const { another } = opened()
      const { ref, lease } = await create()
      await expect(another.lease(ref)).rejects.toBeInstanceOf(VersionBusy)
      await lease.release()
      expect((await another.version(ref))?.alive).toBe(false)
      const next = await another.lease(ref)
      expect([next.inheritedSeconds, next.lost.aborted, (await another.version(ref))?.alive]).toEqual([0, false, true])
      await next.release()
    })

    test('of many that want a version one gets it', async () => {
      const { store, another } = opened()
      const { ref, lease } = await create()
      await lease.release()
      const wanted = Array.from({ length: 8 }, (_, at) => (at % 2 ? store : another).lease(ref))
      const outcomes = await Promise.allSettled(wanted)
      const got = outcomes.filter(({ status }) => status === 'fulfilled')
      const refused = outcomes.filter((one) => one.status === 'rejected' && one.reason instanceof VersionBusy)
      expect([got.length, refused.length]).toEqual([1, 7])
    })

    test('a version that does not exist has no writer', async () => {
      await expect(opened().store.lease({ pipeline: 'poems', version: 'v7' })).rejects.toBeInstanceOf(FileMissing)
    })

    test('releasing twice, or after work/ was removed, is nothing', async () => {
      const { ref, lease } = await create()
      await opened().store.removeWork(ref)
      await opened().store.removeWork(ref)
      await lease.release()
      await lease.release()
      expect([lease.lost.aborted, await opened().store.list('outputs/poems/v0')]).toEqual([
        false,
        ['metadata.json', 'run.json'],
      ])
    })
  })
}

function answers(opened: () => StoreUnderTest): void {
  describe('answers', () => {
    let ref: VersionRef
    beforeEach(async () => {
      ;({ ref } = await opened().store.createVersion('poems', (version) => newVersion(version)))
    })
    const read = (path: string) => text(opened().store, `outputs/poems/v0/${path}`)
    const size = (path: string) => opened().store.size(`outputs/poems/v0/${path}`)

    test('a kept answer is found with its line and stands in its item file', async () => {
      const { store, another } = opened()
      await keep(store, ref, [answered(1, '{\n  "a": "é"\n}')])
      const expected = { kept: answered(1, '{\n  "a": "é"\n}'), spent: [] }
      expect([await found(store, ref, 1), await found(another, ref, 1)]).toEqual([expected, expected])
      expect(await read('items/4001/01_output.json')).toBe('{\n  "a": "é"\n}\n')
      expect(await found(store, ref, 2)).toBeUndefined()
    })

    test('many answers at once are all found, in any order', async () => {
      const { store } = opened()
      const keeper = await store.keeper(ref, 1)
      await Promise.all(Array.from({ length: 300 }, (_, at) => keeper.keep(answered(at, `"${'x'.repeat(at * 37)}"`))))
      await keeper.close()
      const kept = await store.kept(ref, 1)
      const order = Array.from({ length: 300 }, (_, at) => (at * 77) % 300)
      const items = await Promise.all(order.map((at) => kept.find(placeOf(at))))
      await kept.close()
      expect(items).toEqual(order.map((at) => ({ kept: answered(at, `"${'x'.repeat(at * 37)}"`), spent: [] })))
    })

    test('an unusable reply is kept as it came', async () => {
      await keep(opened().store, ref, [failed(1, 'Sorry,\r\nno.')])
      expect(await read('items/4001/01_reply.txt')).toBe('Sorry,\r\nno.')
      expect(await size('items/4001/01_output.json')).toBeUndefined()
      expect(await found(opened().store, ref, 1)).toEqual({ kept: failed(1, 'Sorry,\r\nno.'), spent: [] })
    })

    test('an answer after a failure stands; the failure is remembered as spent and its reply file goes', async () => {
      const { store } = opened()
      await keep(store, ref, [failed(1)])
      await keep(store, ref, [answered(1)])
      expect(await found(store, ref, 1)).toEqual({ kept: answered(1), spent: [spentReply(1, { cost_usd: 0.5 })] })
      expect(await size('items/4001/01_reply.txt')).toBeUndefined()
    })

    test('a failure never displaces an answer; what it cost is remembered', async () => {
      const { store } = opened()
      await keep(store, ref, [answered(1), failed(1, null)])
      expect(await found(store, ref, 1)).toEqual({ kept: answered(1), spent: [spentReply(1, { cost_usd: 0.5 })] })
    })

    test('of two answers the newer stands; what the older cost is remembered', async () => {
      const { store } = opened()
      await keep(store, ref, [answered(1, '"old"'), answered(1, '"new"')])
      expect(await found(store, ref, 1)).toEqual({ kept: answered(1, '"new"'), spent: [spentReply(1)] })
      expect(await read('items/4001/01_output.json')).toBe('"new"\n')
    })

    test('spent replies are found before and after the item is kept, over sessions', async () => {
      const { store, another } = opened()
      await keep(store, ref, [spentReply(1, { cost_usd: 1 })])
      expect(await found(store, ref, 1)).toEqual({ kept: null, spent: [spentReply(1, { cost_usd: 1 })] })
      await keep(another, ref, [spentReply(1, { cost_usd: null }), answered(1)])
      const spent = [spentReply(1, { cost_usd: 1 }), spentReply(1, { cost_usd: null })]
      expect(await found(store, ref, 1)).toEqual({ kept: answered(1), spent })
    })

    test('steps do not see each other', async () => {
      const { store } = opened()
      await keep(store, ref, [answered(1)])
      const kept = await store.kept(ref, 2)
      expect(await kept.find(placeOf(1))).toBeUndefined()
      await kept.close()
    })

    test('the answer of a single call has no item folder', async () => {
      const { store } = opened()
      const item = { line: lineOf(1, { segment: '' }), answer: '# A text', reply: null }
      await keep(store, ref, [item])
      expect([await found(store, ref, 1), await size('items/01_output.json')]).toEqual([
        { kept: item, spent: [] },
        undefined,
      ])
    })

    test('a prompt is kept to the byte; asked for again, the last one stands', async () => {
      const keeper = await opened().store.keeper(ref, 1)
      await keeper.keepPrompt('4001', 'first\r\n')
      await keeper.keepPrompt('4001', 'Später\r\n\n')
      await keeper.keepPrompt(null, 'single')
      await keeper.close()
      expect(await read('prompts/01_prompt_4001.md')).toBe('Später\r\n\n')
      expect(await read('prompts/01_prompt.md')).toBe('single')
    })

    test('the log is read back in order', async () => {
      const { store } = opened()
      const entries: LogEntry[] = [
        { time: '2026-03-02T09:15:00', level: 'info', message: 'one\ntwo' },
        { time: '2026-03-02T09:15:01', level: 'error', message: 'é', step: 1, item_id: '4001' },
      ]
      for (const entry of entries) await store.log(ref, entry)
      expect(await Array.fromAsync(store.logs(ref))).toEqual(entries)
    })

    test('without work/ there is no log and nothing is kept, but the item files stay', async () => {
      const { store } = opened()
      await keep(store, ref, [answered(1)])
      await store.removeWork(ref)
      expect([await Array.fromAsync(store.logs(ref)), await found(store, ref, 1)]).toEqual([[], undefined])
      expect(await read('items/4001/01_output.json')).toBe('{"n": 1}\n')
    })
  })
}

function money(opened: () => StoreUnderTest): void {
  describe('spend accounts', () => {
    let ref: VersionRef
    beforeEach(async () => {
      ;({ ref } = await opened().store.createVersion('poems', (version) => newVersion(version)))
    })
    /** Opens the spend account of the version, which must be there. */
    const open = async (limit_usd?: number | null, { by = opened().store, spent_usd = 0 } = {}) => {
      const account = await by.spendAccount(ref, limit_usd, spent_usd)
      if (account === null) throw new Error('expected a spend account')
      return account
    }

    test('a version that never had a limit has no spend account', async () => {
      expect(await opened().store.spendAccount(ref)).toBeNull()
    })

    test('amounts are reserved up to the limit, to the last cent, and no further', async () => {
      const account = await open(0.3)
      expect([account.limit_usd, await account.spent()]).toEqual([0.3, 0])
      const reserved = [await account.reserve(0.1), await account.reserve(0.2), await account.reserve(1e-9)]
      expect([reserved, await account.spent()]).toEqual([[true, true, false], 0.3])
      await account.close()
    })

    test('what a call did not need goes back', async () => {
      const account = await open(1)
      await account.reserve(0.9)
      expect(await account.reserve(0.2)).toBe(false)
      await account.settle(0.9, 0.25)
      expect([await account.reserve(0.75), await account.spent()]).toEqual([true, 1])
      await account.close()
    })

    test('what a call cost more than was reserved counts in full', async () => {
      const account = await open(1)
      await account.reserve(0.5)
      await account.settle(0.5, 1.5)
      expect([await account.spent(), await account.reserve(0.01)]).toEqual([1.5, false])
      await account.close()
    })

    test('of many that are reserved at once only those that fit are', async () => {
      const account = await open(1)
      const reserved = await Promise.all(Array.from({ length: 100 }, () => account.reserve(0.03)))
      expect([reserved.filter(Boolean).length, await account.spent()]).toEqual([33, 0.99])
      await account.close()
    })

    test('spend accounts of one version that are open at once share one sum', async () => {
      const accounts = [await open(1), await open(), await open()]
      const reserved = await Promise.all(Array.from({ length: 30 }, (_, at) => accounts[at % 3]!.reserve(0.1)))
      expect(reserved.filter(Boolean)).toHaveLength(10)
      await accounts[0]!.settle(0.1, 0.04)
      expect([await accounts[1]!.spent(), await accounts[2]!.reserve(0.06)]).toEqual([0.94, true])
      await Promise.all(accounts.map((account) => account.close()))
    })

    test('whoever opens the spend account later finds the limit, what was spent, and what was never settled', async () => {
      const account = await open(1)
      await account.reserve(0.5)
      await account.settle(0.5, 0.2)
      await account.reserve(0.3)
      const later = await open(undefined, { by: opened().another })
      expect([later.limit_usd, await later.spent(), await later.reserve(0.6)]).toEqual([1, 0.5, false])
      await Promise.all([account.close(), later.close()])
    })

    test('another limit holds from then on and changes nothing that was spent', async () => {
      const first = await open(1)
      await first.reserve(1)
      await first.close()
      const raised = await open(5, { spent_usd: 9 })
      expect([raised.limit_usd, await raised.spent(), await raised.reserve(4)]).toEqual([5, 1, true])
      await raised.close()
      const lowered = await open(2)
      expect([lowered.limit_usd, await lowered.spent(), await lowered.reserve(0.1)]).toEqual([2, 5, false])
      await lowered.close()
    })

    test('a limit that is lifted refuses nothing, and what is spent meanwhile counts when there is one again', async () => {
      const lifted = await open(null)
      expect([lifted.limit_usd, await lifted.reserve(100)]).toEqual([null, true])
      await lifted.close()
      const limited = await open(100.5)
      expect([await limited.reserve(1), await limited.reserve(0.5)]).toEqual([false, true])
      await limited.close()
    })

    test('a new spend account begins with what was spent before it', async () => {
      const account = await open(1, { spent_usd: 0.4 })
      expect([await account.spent(), await account.reserve(0.7)]).toEqual([0.4, false])
      await account.close()
    })

    test('versions do not share a spend account, and it goes with the work of a version', async () => {
      await (await open(1)).close()
      const other = await opened().store.createVersion('poems', (version) => newVersion(version))
      expect(await opened().store.spendAccount(other.ref)).toBeNull()
      await opened().store.removeWork(ref)
      expect(await opened().store.spendAccount(ref)).toBeNull()
    })

    test("a limit that the month set is told apart from the version's own", async () => {
      const limits = (account: SpendAccount | null) => [account?.limit_usd, account?.own_usd]
      const set = async (...given: [number | null, number, (number | null)?]) => {
        const account = await opened().store.spendAccount(ref, ...given)
        await account?.close()
        const again = await opened().another.spendAccount(ref)
        await again?.close()
        return [limits(account), limits(again)]
      }
      expect(await set(1, 0, 5)).toEqual([
        [1, 5],
        [1, 5],
      ])
      expect(await set(2, 0, null)).toEqual([
        [2, null],
        [2, null],
      ])
      expect(await set(3, 0)).toEqual([
        [3, 3],
        [3, 3],
      ])
    })
  })

  describe('the spend log', () => {
    // Other tests may use the same table, so each has a month of its own.
    const month = () => `${1000 + Math.floor(Math.random() * 9000)}-01`
    const entry = (usd: number): SpendEntry => ({
      ...{ kind: 'reserved', time: '2026-11-28T10:00:00.000Z', run_id: '01KJ', pipeline: 'poems', usd },
    })

    test('entries are read back in the order in which they were added, by whoever reads', async () => {
      const at = month()
      const { store, another } = opened()
      expect(await store.spendLog(at)).toEqual({ entries: [], next: 0 })
      for (let place = 0; place < 12; place++) expect(await store.addSpend(at, place, entry(place))).toBe(true)
      const usd = Array.from({ length: 12 }, (_, place) => entry(place))
      expect(await another.spendLog(at)).toEqual({ entries: usd, next: 12 })
      expect(await another.spendMonths()).toContain(at)
    })

    test('of many that want one place one gets it, and what is there stays', async () => {
      const at = month()
      const { store, another } = opened()
      const added = await Promise.all(
        Array.from({ length: 8 }, (_, usd) => (usd % 2 === 0 ? store : another).addSpend(at, 0, entry(usd))),
      )
      expect(added.filter(Boolean)).toHaveLength(1)
      const { entries, next } = await store.spendLog(at)
      expect([entries, next]).toEqual([[entry(added.indexOf(true))], 1])
    })

    test('removing a version leaves it as it is', async () => {
      const at = month()
      await opened().store.addSpend(at, 0, entry(1))
      const { ref } = await opened().store.createVersion('poems', (version) => newVersion(version))
      await opened().store.removeVersion(ref)
      expect((await opened().store.spendLog(at)).entries).toEqual([entry(1)])
    })
  })
}
