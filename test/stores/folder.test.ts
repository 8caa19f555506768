import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileMissing, PathOutside, StoreUnwritable, VersionBusy, WriterReplaced } from '../../core/errors.ts'
import type { VersionRef } from '../../core/store.ts'
import { type FaultPoint, type FolderOptions, FolderStore } from '../../stores/folder.ts'
import { answered, failed, lineOf, metadataOf, newVersion, rawReply, spentReply } from './samples.ts'
import { found, keep, placeOf, storeContract, text } from './store-contract.ts'

storeContract('FolderStore', async () => {
  const root = await mkdtemp(join(tmpdir(), 'itemwise-contract-'))
  const close = () => rm(root, { recursive: true })
  const damage = async ({ pipeline, version }: VersionRef) => {
    const file = join(root, 'outputs', pipeline, version, 'metadata.json')
    const { mode: _mode, status: _status, ...rest } = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify(rest))
  }
  return { store: new FolderStore(root), another: new FolderStore(root), damage, close }
})

let root: string
let store: FolderStore
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'itemwise-folder-'))
  store = new FolderStore(root)
})
afterEach(() => rm(root, { recursive: true }))

const v0: VersionRef = { pipeline: 'poems', version: 'v0' }
const inVersion = (path: string) => join(root, 'outputs/poems/v0', path)

function create(by = store) {
  return by.createVersion('poems', (version) => newVersion(version))
}

/** Runs another-process.ts until it prints a line or ends. */
async function anotherProcess(act: FaultPoint | 'create' | 'hold' | `change:${string}`) {
  const script = fileURLToPath(new URL('./another-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, root, act], { stdio: ['ignore', 'pipe', 'inherit'] })
  // 'exit' may come before what it printed has been read.
  const ended = once(child, 'close')
  const printed = once(child.stdout, 'data').then(([data]) => String(data).trim())
  const line = await Promise.race([printed, ended.then(() => undefined)])
  return { line, ended, kill: () => child.kill('SIGKILL') }
}

/** A store whose write at one point fails as the file system would. */
function failingAt(point: FaultPoint, code = 'ENOSPC'): FolderStore {
  const fault: FolderOptions['fault'] = (at) => {
    if (at === point) throw Object.assign(new Error(code), { code })
  }
  return new FolderStore(root, { fault })
}

describe('paths', () => {
  let outside: string
  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), 'itemwise-outside-'))
    await writeFile(join(outside, 'secret'), 'secret')
  })
  afterEach(() => rm(outside, { recursive: true }))

  test('a link that leads out is refused, for reading and for writing, whether or not its target is there', async () => {
    await symlink(outside, join(root, 'out'))
    await symlink(join(outside, 'new'), join(root, 'dangling'))
    for (const path of ['out/secret', 'out/new/file', 'dangling', 'dangling/file']) {
      await expect(text(store, path)).rejects.toBeInstanceOf(PathOutside)
      await expect(store.write(path, 'x')).rejects.toBeInstanceOf(PathOutside)
    }
    expect(await readdir(outside)).toEqual(['secret'])
  })

  test('a pipeline whose folder leads out is refused', async () => {
    await mkdir(join(root, 'outputs'))
    await symlink(outside, join(root, 'outputs/poems'))
    await expect(create()).rejects.toBeInstanceOf(PathOutside)
    await expect(store.versions('../..')).rejects.toBeInstanceOf(PathOutside)
  })

  test('a folder beside the workspace whose name begins alike is outside', async () => {
    const beside = `${root}-beside`
    await mkdir(beside)
    await symlink(beside, join(root, 'out'))
    await expect(store.write('out/a', 'x')).rejects.toBeInstanceOf(PathOutside)
    await rm(beside, { recursive: true })
  })

  test('a workspace that is itself reached through a link is whole', async () => {
    await symlink(root, join(outside, 'workspace'))
    const linked = new FolderStore(join(outside, 'workspace'))
    await linked.write('inputs/a', 'x')
    expect(await text(store, 'inputs/a')).toBe('x')
  })

  test('paths go through latest', async () => {
    await create()
    await store.updateVersion(v0, { status: 'completed' })
    await store.moveLatest('poems')
    expect(await text(store, 'outputs/poems/latest/run.json')).toBe('{"run":"v0"}\n')
    expect(await store.list('outputs/poems')).toEqual(['latest/', 'v0/'])
    expect(await readlink(join(root, 'outputs/poems/latest'))).toBe('v0')
  })
})

describe('writing', () => {
  test('a file in the place of a folder is StoreUnwritable with the place and what to do', async () => {
    await store.write('inputs', 'a file')
    const writing = store.write('inputs/a', 'x')
    await expect(writing).rejects.toBeInstanceOf(StoreUnwritable)
    await expect(writing).rejects.toThrow(
      /^Cannot write inputs\/a: a file stands where a folder is needed.*(ENOTDIR|EEXIST).*safe\. Move it.*itemwise resume/,
    )
    await expect(writing).rejects.toHaveProperty('cause.code')
  })

  test('a name that is too long is StoreUnwritable when written, missing when read', async () => {
    const path = `inputs/${'x'.repeat(300)}`
    await expect(store.write(path, 'x')).rejects.toThrow('a name in this path is too long (ENAMETOOLONG)')
    await expect(text(store, path)).rejects.toBeInstanceOf(FileMissing)
  })

  test('a failed write leaves no temporary file', async () => {
    const failing = failingAt('write:temp-written')
    await expect(failing.write('inputs/a', 'x')).rejects.toThrow(
      'Cannot write inputs/a: the disk is full (ENOSPC). What was kept before is safe. Free some space, then continue with `itemwise resume`.',
    )
    expect(await readdir(join(root, 'inputs'))).toEqual([])
  })

  test('a full disk ends in StoreUnwritable; with space again, all that was kept before is found and goes on', async (context) => {
    const disk = join(root, 'disk')
    await mkdir(disk)
    if (!(await mounted(disk))) return context.skip('mounting a tiny tmpfs is not permitted here')
    try {
      const small = new FolderStore(disk)
      await create(small)
      await small.write('inputs/filler', 'x'.repeat(150_000))
      const item = (index: number) => ({ ...answered(index, 'x'.repeat(700)), line: lineOf(index, { segment: '' }) })
      const keeper = await small.keeper(v0, 1)
      const beside = await small.keeper(v0, 1)
      let kept = 0
      const filling = async () => {
        for (; kept < 1000; kept++) await keeper.keep(item(kept))
      }
      await expect(filling()).rejects.toThrow(
        'Cannot write outputs/poems/v0/work/01_journal.jsonl: the disk is full (ENOSPC)',
      )
      for (const each of [keeper, beside]) await expect(each.keep(item(2000))).rejects.toBeInstanceOf(StoreUnwritable)
      await expect(small.write('inputs/b', 'x'.repeat(99_000))).rejects.toThrow('inputs/b: the disk is full (ENOSPC)')
      await Promise.all([keeper.close(), beside.close()])
      expect(await small.list('inputs')).toEqual(['filler'])
      await small.remove('inputs/filler')
      await keep(small, v0, [item(kept)])
      const expected = Array.from({ length: kept + 1 }, (_, at) => JSON.stringify({ kept: item(at) }))
      expect((await text(small, 'outputs/poems/v0/work/01_journal.jsonl')).trimEnd().split('\n')).toEqual(expected)
    } finally {
      await run('umount', [disk])
    }
  })
})

async function mounted(folder: string): Promise<boolean> {
  return run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'itemwise', folder])
}

async function run(command: string, parameters: string[]): Promise<boolean> {
  const child = spawn(command, parameters, { stdio: 'ignore' })
  const [code] = await Promise.race([once(child, 'exit'), once(child, 'error').then(() => [1])])
  return code === 0
}

describe('versions', () => {
  test('eight processes that begin at once get eight numbers, each version whole', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => anotherProcess('create')))
    await Promise.all(all.map(({ ended }) => ended))
    expect(all.map(({ line }) => line).sort()).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7'])
    for (const version of await store.versions('poems')) {
      expect((await store.version({ pipeline: 'poems', version }))?.metadata).toEqual(metadataOf(version))
    }
  })

  test('a process killed while it builds a version leaves none, and takes no number', async () => {
    await anotherProcess('version:built').then(({ ended }) => ended)
    expect([await store.versions('poems'), await store.pipelines(), await store.list('outputs/poems')]).toEqual([
      [],
      [],
      [],
    ])
    expect((await create()).ref.version).toBe('v0')
  })

  test('a file with a version name takes its number', async () => {
    await store.write('outputs/poems/v3', 'not a version')
    expect((await create()).ref.version).toBe('v4')
    expect(await store.versions('poems')).toEqual(['v4'])
  })

  test('folders that begin with _ or . and folders without a version are no pipelines', async () => {
    for (const path of ['_runs/v0/a', '.git/v0/a', 'notes/a', 'poems/v0/a']) await store.write(`outputs/${path}`, '')
    expect(await store.pipelines()).toEqual(['poems'])
  })

  test('a version whose record cannot be written does not appear', async () => {
    await expect(create(failingAt('version:built'))).rejects.toThrow('Cannot write outputs/poems/v0: the disk is full')
    expect(await readdir(join(root, 'outputs/poems'))).toEqual([])
  })

  test('a thousand versions are listed in well under a second', async () => {
    for (let at = 0; at < 1000; at++) await mkdir(join(root, `outputs/poems/v${at}`), { recursive: true })
    const began = performance.now()
    expect([(await store.versions('poems')).at(-1), await store.pipelines()]).toEqual(['v999', ['poems']])
    expect(performance.now() - began).toBeLessThan(500)
  })
})

describe('metadata.json', () => {
  test('it is pretty JSON with a newline', async () => {
    await create()
    expect(await readFile(inVersion('metadata.json'), 'utf8')).toBe(`${JSON.stringify(metadataOf('v0'), null, 2)}\n`)
  })

  test('edits by hand, unknown fields, digits and order survive an update', async () => {
    await create()
    const { version, ...others } = metadataOf('v0')
    const edited = `\uFEFF{"mine": {"price": 1.50, "id": 12345678901234567890},\n${JSON.stringify(others).slice(1, -1)}, "version": "v0"}`
    await writeFile(inVersion('metadata.json'), edited)
    const changed = await store.updateVersion(v0, { notes: 'n' })
    expect([changed.notes, Object.keys(changed).length]).toEqual(['n', 15])
    const after = await readFile(inVersion('metadata.json'), 'utf8')
    expect(after).toBe(
      `${JSON.stringify({ mine: { price: 'P', id: 'I' }, ...others, notes: 'n', version }, null, 2)}\n`
        .replace('"P"', '1.50')
        .replace('"I"', '12345678901234567890'),
    )
  })

  test('one that is not JSON is named with the place', async () => {
    await create()
    await writeFile(inVersion('metadata.json'), '{\n  "version": "v0",\n  oops\n}')
    await expect(store.version(v0)).rejects.toThrow(
      /^outputs\/poems\/v0\/metadata\.json is not JSON: .*line 3.*by hand, or let `itemwise doctor --fix` make it anew\.$/,
    )
    await expect(store.updateVersion(v0, { notes: 'n' })).rejects.toThrow('is not JSON')
  })

  test('one that lacks fields is named with all of them', async () => {
    await create()
    const { status, mode, ...rest } = metadataOf('v0')
    await writeFile(inVersion('metadata.json'), JSON.stringify(rest))
    await expect(store.version(v0)).rejects.toThrow(
      /v0\/metadata\.json is not the record of a version: mode: .*status: /,
    )
  })

  test('an update that fails leaves the record as it was', async () => {
    await create()
    await expect(failingAt('metadata:temp-written').updateVersion(v0, { notes: 'n' })).rejects.toThrow(
      'the disk is full',
    )
    expect(await readFile(inVersion('metadata.json'), 'utf8')).toBe(`${JSON.stringify(metadataOf('v0'), null, 2)}\n`)
    expect((await readdir(inVersion('.'))).sort()).toEqual(['metadata.json', 'run.json', 'work'])
  })

  test('changes by five processes at once all hold', { timeout: 60_000 }, async () => {
    await create()
    const fields = ['notes', 'pipeline_status', 'base_version', 'path_letter', 'timestamp'] as const
    const others = await Promise.all(fields.map((field) => anotherProcess(`change:${field}`)))
    await Promise.all(others.map(({ ended }) => ended))
    expect(others.map(({ line }) => line)).toEqual(fields.map(() => '0'))
    const { metadata } = (await store.version(v0))!
    expect(fields.map((field) => metadata[field])).toEqual(fields.map(() => '40'))
    expect(await readdir(join(root, 'outputs/poems/v0'))).toEqual(['metadata.json', 'run.json', 'work'])
  })

  test('a process that was killed while it changed a record keeps nobody out', async () => {
    await create()
    const killed = await anotherProcess('metadata:temp-written')
    await killed.ended
    expect(await readdir(join(root, 'outputs/poems/v0'))).toContain('.new-record-lock')
    const { notes } = await store.updateVersion(v0, { notes: 'n' })
    expect([notes, (await readdir(join(root, 'outputs/poems/v0'))).includes('.new-record-lock')]).toEqual(['n', false])
  })
})

describe('latest', () => {
  test('a link whose version is gone, and a record that cannot be read, count as nothing', async () => {
    for (let at = 0; at < 2; at++) await create()
    await store.updateVersion(v0, { status: 'completed' })
    await symlink('v9', join(root, 'outputs/poems/latest'))
    await writeFile(join(root, 'outputs/poems/v1/metadata.json'), '{')
    expect([await store.latest('poems'), await store.moveLatest('poems')]).toEqual([undefined, 'v0'])
  })

  test('a folder in its place is StoreUnwritable and leaves no temporary link', async () => {
    await create()
    await store.updateVersion(v0, { status: 'completed' })
    await store.write('outputs/poems/latest/mine', 'x')
    await expect(store.moveLatest('poems')).rejects.toThrow('Cannot write outputs/poems/latest: a file stands where')
    expect((await readdir(join(root, 'outputs/poems'))).sort()).toEqual(['latest', 'v0'])
  })
})

describe('the writer of a version', () => {
  test('one that is killed frees its version at once, and what it worked is inherited', async () => {
    const writer = await anotherProcess('hold')
    await expect(store.lease(v0)).rejects.toThrow(/^outputs\/poems\/v0 is being run by process \d+ on .+ since 20/)
    expect((await store.version(v0))?.alive).toBe(true)
    writer.kill()
    await writer.ended
    expect((await store.version(v0))?.alive).toBe(false)
    const later = Date.now() / 1000 + 30
    await utimes(inVersion('work/lock-000001.json'), later, later)
    const lease = await store.lease(v0)
    expect(lease.inheritedSeconds).toBeGreaterThan(29)
    expect(lease.inheritedSeconds).toBeLessThan(60)
    expect(await readdir(inVersion('work'))).toContain('lock-000002.json')
    await lease.release()
  })

  test('a process id that was given to another process does not hold it', async (context) => {
    const { lease } = await create()
    const lock = inVersion('work/lock-000001.json')
    const writer = JSON.parse(await readFile(lock, 'utf8'))
    if (writer.process_start === null) return context.skip('when a process began is known on Linux only')
    await writeFile(lock, JSON.stringify({ ...writer, process_start: '1' }))
    await (await new FolderStore(root).lease(v0)).release()
    await lease.release()
  })

  const onHosts = () => {
    const clock = { now: Date.parse('2026-03-02T09:15:00Z') }
    const on = (host: string) => new FolderStore(root, { host, now: () => clock.now, heartbeatMs: 100_000 })
    return { clock, here: on('here'), there: on('there'), third: on('third') }
  }

  test('one on another host holds it for a minute without a sign of life', async () => {
    const { clock, here, there } = onHosts()
    await create(here)
    clock.now += 59_000
    const wanted = there.lease(v0)
    await expect(wanted).rejects.toBeInstanceOf(VersionBusy)
    await expect(wanted).rejects.toThrow(`process ${process.pid} on here since 2026-03-02T09:15:00.000Z`)
    clock.now += 1000
    expect((await there.lease(v0)).inheritedSeconds).toBe(0)
  })

  test('signs of life keep it', async () => {
    const clock = { now: Date.now() }
    const here = new FolderStore(root, { host: 'here', now: () => clock.now, heartbeatMs: 5 })
    const { lease } = await create(here)
    clock.now += 90_000
    const lock = inVersion('work/lock-000001.json')
    await expect.poll(async () => (await stat(lock)).mtimeMs).toBeCloseTo(clock.now, -1)
    await expect(new FolderStore(root, { host: 'there', now: () => clock.now }).lease(v0)).rejects.toBeInstanceOf(
      VersionBusy,
    )
    await lease.release()
  })

  test('what dead writers worked adds up, and is counted once', async () => {
    const { clock, here, there, third } = onHosts()
    await create(here)
    const worked = async (generation: number, seconds: number) => {
      clock.now += seconds * 1000
      await utimes(inVersion(`work/lock-00000${generation}.json`), clock.now / 1000, clock.now / 1000)
      clock.now += 60_000
    }
    await worked(1, 100)
    expect((await there.lease(v0)).inheritedSeconds).toBe(100)
    await worked(2, 20)
    const lease = await third.lease(v0)
    expect(lease.inheritedSeconds).toBe(120)
    await lease.release()
    expect((await here.lease(v0)).inheritedSeconds).toBe(0)
  })

  test('one that was replaced is told so, keeps no more, and does not release its successor', async () => {
    const { clock, here, there } = onHosts()
    const { lease } = await create(here)
    const keeper = await here.keeper(v0, 1)
    await keeper.keep(answered(1))
    clock.now += 60_000
    const successor = await there.lease(v0)
    await expect(keeper.keep(answered(2))).rejects.toBeInstanceOf(WriterReplaced)
    await expect(keeper.keepPrompt('4003', 'x')).rejects.toBeInstanceOf(WriterReplaced)
    expect([lease.lost.aborted, (lease.lost.reason as Error).name]).toEqual([true, 'WriterReplaced'])
    await lease.release()
    await keeper.close()
    expect([successor.lost.aborted, (await there.version(v0))?.alive]).toEqual([false, true])
    expect((await found(there, v0, 1))?.kept).toEqual(answered(1))
  })

  test('one whose successor has finished and let go is replaced as well', async () => {
    const { clock, here, there } = onHosts()
    const { lease } = await create(here)
    const keeper = await here.keeper(v0, 1)
    clock.now += 60_000
    await (await there.lease(v0)).release()
    await expect(keeper.keep(answered(1))).rejects.toBeInstanceOf(WriterReplaced)
    await keeper.close()
    await lease.release()
  })

  test('a torn lock counts as alive for a minute', async () => {
    const { clock, here, there } = onHosts()
    await (await create(here)).lease.release()
    await store.write('outputs/poems/v0/work/lock-000004.json', '')
    clock.now = Date.now() + 50_000
    await expect(there.lease(v0)).rejects.toThrow('is being run by another process (last seen')
    clock.now += 11_000
    expect((await there.lease(v0)).inheritedSeconds).toBe(0)
    expect(await readdir(inVersion('work'))).toEqual(['lock-000005.json'])
  })

  test('a completed version is held and released without a trace', async () => {
    await (await create()).lease.release()
    expect(existsSync(inVersion('work'))).toBe(false)
    const lease = await store.lease(v0)
    expect(await readdir(inVersion('work'))).toEqual(['lock-000001.json'])
    await lease.release()
    expect(existsSync(inVersion('work'))).toBe(false)
  })
})

describe('keeping', () => {
  const journal = () => inVersion('work/01_journal.jsonl')

  test('a torn last line is cut off, and what comes after it is whole', async () => {
    await create()
    await keep(store, v0, [answered(1)])
    await appendFile(journal(), '{"kept":{"line":{"item_index":2')
    expect(await found(store, v0, 2)).toBeUndefined()
    await keep(store, v0, [answered(3)])
    const lines = (await readFile(journal(), 'utf8')).split('\n')
    expect(lines).toEqual([JSON.stringify({ kept: answered(1) }), JSON.stringify({ kept: answered(3) }), ''])
  })

  test('a line that is no entry is passed over', async () => {
    await create()
    await keep(store, v0, [answered(1)])
    await appendFile(journal(), '\0\0\0\0\n')
    await keep(store, v0, [answered(2)])
    expect([(await found(store, v0, 1))?.kept, (await found(store, v0, 2))?.kept]).toEqual([answered(1), answered(2)])
  })

  test.for<FaultPoint>(['keep:journal-written', 'keep:item-temp-written', 'keep:item-written'])(
    'a process killed at %s has kept the answer, and resuming gives it its file',
    async (point) => {
      await anotherProcess(point).then(({ ended }) => ended)
      expect((await found(store, v0, 1))?.kept).toEqual(answered(1))
      await (await store.lease(v0)).release()
      await keep(store, v0, [])
      expect(await readdir(inVersion('items/4001'))).toEqual(['01_output.json'])
      expect(await readFile(inVersion('items/4001/01_output.json'), 'utf8')).toBe('{"n": 1}\n')
    },
  )

  test('a process killed before the journal line has kept the prompt and no answer', async () => {
    await anotherProcess('keep:prompt-written').then(({ ended }) => ended)
    expect(await found(store, v0, 1)).toBeUndefined()
    expect(await readFile(inVersion('prompts/01_prompt_4001.md'), 'utf8')).toBe('Write a poem.')
  })

  test('a reply that nothing has judged is found until its answer, its failure or its cost is kept', async () => {
    await create()
    const keeper = await store.keeper(v0, 1)
    const found1 = async () => (await found(store, v0, 1))?.unjudged
    await keeper.receive?.(rawReply(1))
    expect(await found(store, v0, 1)).toEqual({ kept: null, spent: [], unjudged: rawReply(1) })
    await keeper.spend(spentReply(1))
    expect(await found(store, v0, 1)).toEqual({ kept: null, spent: [spentReply(1)] })
    await keeper.receive?.(rawReply(1, { again: true }))
    expect(await found1()).toEqual(rawReply(1, { again: true }))
    await keeper.keep(failed(1))
    expect(await found1()).toBeUndefined()
    await keeper.receive?.(rawReply(1))
    expect(await found(store, v0, 1)).toEqual({ kept: failed(1), spent: [spentReply(1)], unjudged: rawReply(1) })
    await keeper.keep(answered(1))
    expect(await found1()).toBeUndefined()
    await keeper.close()
  })

  test('a reply that nothing has judged is found by another process, with every character of it', async () => {
    await create()
    const raw = rawReply(2)
    raw.reply.text = `é😀\n${'x'.repeat(2_000_000)}`
    const keeper = await store.keeper(v0, 1)
    await keeper.keep(answered(1))
    await keeper.receive?.(raw)
    await keeper.close()
    expect((await found(new FolderStore(root), v0, 2))?.unjudged).toEqual(raw)
  })

  test('an empty item file is written again, and a stale reply goes', async () => {
    await create()
    await keep(store, v0, [failed(1), answered(1), answered(2)])
    await writeFile(inVersion('items/4002/01_output.json'), '')
    await writeFile(inVersion('items/4001/01_reply.txt'), 'stale')
    await keep(new FolderStore(root), v0, [])
    expect(await readdir(inVersion('items/4001'))).toEqual(['01_output.json'])
    expect(await readFile(inVersion('items/4002/01_output.json'), 'utf8')).toBe('{"n": 2}\n')
  })

  test('after a failed write a keeper rejects, yet what was paid for stands in the journal', async () => {
    await create()
    const failing = failingAt('keep:item-temp-written')
    const keeper = await failing.keeper(v0, 1)
    await expect(keeper.keep(answered(1))).rejects.toThrow(
      'Cannot write outputs/poems/v0/items/4001/01_output.json: the disk is full',
    )
    await expect(keeper.keep(answered(2))).rejects.toBeInstanceOf(StoreUnwritable)
    await expect(keeper.spend(spentReply(3))).rejects.toBeInstanceOf(StoreUnwritable)
    await expect(keeper.keepPrompt('4003', 'x')).rejects.toBeInstanceOf(StoreUnwritable)
    await keeper.close()
    await keep(store, v0, [])
    expect(await readdir(inVersion('items'))).toEqual(['4001', '4002'])
    expect(await readFile(inVersion('items/4002/01_output.json'), 'utf8')).toBe('{"n": 2}\n')
    expect(await found(store, v0, 3)).toEqual({ kept: null, spent: [spentReply(3)] })
  })

  test('a segment that names another folder is refused before anything is written', async () => {
    await create()
    const keeper = await store.keeper(v0, 1)
    const item = answered(1)
    for (const segment of ['..', 'a/b', '.']) {
      await expect(keeper.keep({ ...item, line: { ...item.line, segment } })).rejects.toBeInstanceOf(PathOutside)
      await expect(keeper.keepPrompt(segment, 'x')).rejects.toBeInstanceOf(PathOutside)
    }
    await keeper.close()
    expect(await found(store, v0, 1)).toBeUndefined()
  })

  test('answers larger than the reading window are found', async () => {
    await create()
    const big = answered(1, JSON.stringify('é'.repeat(900_000)))
    await keep(store, v0, [answered(0), big, answered(2)])
    const kept = await store.kept(v0, 1)
    expect([await kept.find(placeOf(2)), await kept.find(placeOf(1)), await kept.find(placeOf(0))]).toEqual(
      [answered(2), big, answered(0)].map((item) => ({ kept: item, spent: [] })),
    )
    await kept.close()
  })

  test('a torn log line is left out', async () => {
    await create()
    await store.log(v0, { time: 't', level: 'info', message: 'm' })
    await appendFile(inVersion('work/logs.jsonl'), '{"time":"t","lev')
    expect(await Array.fromAsync(store.logs(v0))).toEqual([{ time: 't', level: 'info', message: 'm' }])
  })

  test('a file of 80 MB is whole, or not there if its pieces fail, and may be read in part', async () => {
    const piece = Buffer.alloc(1_000_003, 'é1')
    async function* pieces(fails: boolean) {
      for (let nth = 0; nth < 80; nth++) yield piece
      if (fails) throw new Error('No more.')
    }
    await expect(store.write('inputs/long.txt', pieces(true))).rejects.toThrow('No more.')
    expect(await readdir(join(root, 'inputs'))).toEqual([])
    await store.write('inputs/long.txt', pieces(false))
    let at = 0
    for await (const chunk of store.read('inputs/long.txt')) {
      for (let nth = 0; nth < chunk.length; nth += 50_021) expect(chunk[nth]).toBe(piece[(at + nth) % piece.length])
      at += chunk.length
    }
    expect(at).toBe(80 * piece.length)
    for await (const chunk of store.read('inputs/long.txt')) if (chunk.length > 0) break
    expect(await text(store, 'inputs/long.txt', [999_999, 1_000_004])).toBe(
      Buffer.concat([piece, piece]).subarray(999_999, 1_000_004).toString(),
    )
  })
})
