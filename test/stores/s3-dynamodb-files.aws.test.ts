/** Files of the workspace in a real bucket: large ones, odd names, tags. */
import { GetObjectTaggingCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PathOutside } from '../../core/errors.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { type CloudTestPlace, makeCloudPlace } from './cloud-place.ts'
import { answered, lineOf, newVersion } from './samples.ts'
import { text } from './store-contract.ts'

const mebibyte = 1024 * 1024

describe('files, on LocalStack', () => {
  let place: CloudTestPlace
  let store: CloudStore
  beforeEach(async () => {
    place = await makeCloudPlace()
    store = new CloudStore(place, { clients: place.clients })
  })
  afterEach(() => place.remove())

  /** Pieces of a quarter of a mebibyte, each of its own letter. */
  async function* pieces(mebibytes: number, { breakAt = Number.POSITIVE_INFINITY } = {}) {
    for (let at = 0; at < mebibytes * 4; at++) {
      if (at === breakAt * 4) throw new Error('the source broke')
      yield String.fromCharCode(97 + (at % 26)).repeat(mebibyte / 4)
    }
  }
  const uploads = async () =>
    (await place.clients.s3.send(new ListMultipartUploadsCommand({ Bucket: place.bucket }))).Uploads ?? []

  test('20 MB that come in pieces go up in parts and come down in pieces', async () => {
    await store.write('inputs/large.json', pieces(20))
    expect(await store.size('inputs/large.json')).toBe(20 * mebibyte)
    let chunks = 0
    let bytes = 0
    for await (const chunk of store.read('inputs/large.json')) {
      expect(chunk[0]).toBe(97 + (Math.floor(bytes / (mebibyte / 4)) % 26))
      chunks += 1
      bytes += chunk.length
    }
    expect([bytes, chunks > 20]).toEqual([20 * mebibyte, true])
    const [from, to] = [8 * mebibyte - 2, 8 * mebibyte + 2]
    expect(await text(store, 'inputs/large.json', [from, to])).toBe('ffgg')
    expect(await uploads()).toEqual([])
  })

  test('where the source breaks there is no half file, no part is left, and the old file stands', async () => {
    await store.write('inputs/large.json', 'before')
    const writing = store.write('inputs/large.json', pieces(30, { breakAt: 20 }))
    await expect(writing).rejects.toThrow(new Error('the source broke'))
    expect([await text(store, 'inputs/large.json'), await uploads()]).toEqual(['before', []])
    await expect(store.write('inputs/none.json', pieces(30, { breakAt: 29 }))).rejects.toThrow('the source broke')
    expect([await store.size('inputs/none.json'), await uploads()]).toEqual([undefined, []])
  })

  test('a reader that has enough lets go of the connection', async () => {
    await store.write('inputs/large.json', pieces(9))
    for (let at = 0; at < 200; at++)
      for await (const chunk of store.read('inputs/large.json')) if (chunk.length > 0) break
    expect(await text(store, 'inputs/large.json', [0, 1])).toBe('a')
  })

  test.for([
    'ü ß.json',
    '100% sure.json',
    `"it's" & <that>.json`,
    'a+b=c?d#e.json',
    'a%2Fb.json',
    '🌱/ü/x.json',
    'a\\b.json',
    '-.json',
  ])('the name %s is a name', async (name) => {
    const path = `inputs/${name}`
    await store.write(path, 'x')
    await store.write('inputs/zzz', 'y')
    expect([await text(store, path), await store.size(path)]).toEqual(['x', 1])
    const [first = ''] = name.split('/')
    expect(await store.list('inputs')).toEqual([name.includes('/') ? `${first}/` : name, 'zzz'].sort())
    await store.remove(path)
    expect(await store.list('inputs')).toEqual(['zzz'])
  })

  test('segments of odd ids are names of items', async () => {
    const { ref, lease } = await store.createVersion('poems', (version) => newVersion(version))
    const keeper = await store.keeper(ref, 1)
    const item = { ...answered(1), line: lineOf(1, { item_id: 'ü %', segment: '%C3%BC%20%25' }) }
    await keeper.keepPrompt(item.line.segment, 'Write.')
    await keeper.keep(item)
    await expect(keeper.keepPrompt('..', 'x')).rejects.toBeInstanceOf(PathOutside)
    await keeper.close()
    expect(await store.list('outputs/poems/v0/items')).toEqual(['%C3%BC%20%25/'])
    const kept = await store.kept(ref, 1)
    expect(await kept.find(item.line)).toEqual({ kept: item, spent: [] })
    await lease.release()
  })

  test('a path is the same path however it is spelled', async () => {
    await store.write('./inputs//a.json', 'x')
    expect([await text(store, 'inputs/./a.json'), await store.list('inputs/')]).toEqual(['x', ['a.json']])
    expect(await store.list('')).toEqual(['inputs/'])
    for (const path of ['', '.']) expect(await store.size(path)).toBeUndefined()
  })

  test('more names than one answer holds are all listed, and all removed with the work', async () => {
    const names = Array.from({ length: 1050 }, (_, at) => `${String(at).padStart(4, '0')}.txt`)
    for (let at = 0; at < names.length; at += 50)
      await Promise.all(names.slice(at, at + 50).map((name) => store.write(`outputs/poems/v0/work/logs/${name}`, '')))
    expect(await store.list('outputs/poems/v0/work/logs')).toEqual(names)
    await store.removeWork({ pipeline: 'poems', version: 'v0' })
    expect(await store.list('outputs/poems/v0')).toEqual([])
  })

  test('what only an unfinished version needs has a tag by which it can be cleared away; nothing else has', async () => {
    const { ref, lease } = await store.createVersion('poems', (version) => newVersion(version))
    await store.write('outputs/poems/v0/work/01.jsonl', 'x')
    await store.write('outputs/poems/v0/work/02.jsonl', pieces(9))
    const keeper = await store.keeper(ref, 1)
    await keeper.keep(answered(1))
    await keeper.spend({ ...lineOf(1), item_index: 1 })
    await store.log(ref, { time: '2026-03-02T09:15:00', level: 'info', message: 'one' })
    await keeper.close()
    await lease.release()
    const tagged: string[] = []
    const plain: string[] = []
    for (const folder of ['', 'work/', 'work/01_parts/000000/', 'work/logs/', 'items/4001/']) {
      for (const name of await store.list(`outputs/poems/v0/${folder}`)) {
        if (name.endsWith('/')) continue
        const Key = `outputs/poems/v0/${folder}${name}`
        const { TagSet = [] } = await place.clients.s3.send(new GetObjectTaggingCommand({ Bucket: place.bucket, Key }))
        const isWork = TagSet.some((tag) => tag.Key === 'itemwise' && tag.Value === 'work')
        ;(isWork ? tagged : plain).push(`${folder}${name}`)
      }
    }
    expect(plain).toEqual(['metadata.json', 'run.json', 'items/4001/01_output.json'])
    expect(tagged.map((name) => name.replace(/[0-9A-Z]{26}/, '…'))).toEqual([
      'work/01.jsonl',
      'work/02.jsonl',
      'work/01_parts/000000/0-1000_….jsonl',
      'work/01_parts/000000/0-1000_….open',
      'work/01_parts/000000/1_…_000002.json',
      'work/logs/….jsonl',
    ])
  })
})
