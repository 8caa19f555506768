import { existsSync, openSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreUnwritable, WriterReplaced } from '../../core/errors.ts'
import type { SpendAccount, VersionRef } from '../../core/store.ts'
import { FolderSpendAccount } from '../../stores/folder/spend-account.ts'
import { type FolderOptions, FolderStore } from '../../stores/folder.ts'
import { newVersion } from './samples.ts'

let root: string
let store: FolderStore
const v0: VersionRef = { pipeline: 'poems', version: 'v0' }
const file = () => join(root, 'outputs/poems/v0/work/purse.jsonl')

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'itemwise-account-'))
  store = new FolderStore(root)
  await create()
})
afterEach(() => rm(root, { recursive: true }))

function create(by = store) {
  return by.createVersion('poems', (version) => newVersion(version))
}

async function open(limit_usd?: number | null, by = store, ref = v0): Promise<SpendAccount> {
  const account = await by.spendAccount(ref, limit_usd)
  if (account === null) throw new Error('expected a spend account')
  return account
}

test('a line a change: the limit, each reservation before it is granted, and what it came to', async () => {
  const account = await open(1)
  await account.reserve(0.5)
  expect(await readFile(file(), 'utf8')).toBe('{"limit_usd":1,"spent_usd":0}\n{"reserved_usd":0.5}\n')
  await account.settle(0.5, 0.125)
  expect((await readFile(file(), 'utf8')).split('\n').slice(2)).toEqual(['{"reserved_usd":0.5,"actual_usd":0.125}', ''])
  await account.close()
})

test('a torn last line is cut off, and what comes after it is whole', async () => {
  await (await open(1)).close()
  await appendFile(file(), '{"reserved_usd":0.')
  const account = await open()
  expect(await account.spent()).toBe(0)
  await account.reserve(0.25)
  expect(await readFile(file(), 'utf8')).toBe('{"limit_usd":1,"spent_usd":0}\n{"reserved_usd":0.25}\n')
  await account.close()
})

test('a line that is no change is passed over', async () => {
  await (await open(1)).close()
  const noChanges = [
    '\0\0\0',
    '5',
    'null',
    '"a"',
    '[]',
    '{}',
    '{"reserved_usd":null}',
    '{"limit_usd":"2","spent_usd":0}',
  ]
  await appendFile(file(), `${noChanges.join('\n')}\n{"reserved_usd":0.25}\n`)
  const account = await open()
  expect([account.limit_usd, await account.spent()]).toEqual([1, 0.25])
  await account.close()
})

test('a line of megabytes is passed over, and what comes after it counts', async () => {
  await (await open(1)).close()
  await appendFile(file(), `${'\0'.repeat(5_000_000)}\n{"reserved_usd":0.25}\n`)
  const account = await open()
  expect([account.limit_usd, await account.spent()]).toEqual([1, 0.25])
  await account.close()
})

test('where the line with the limit is damaged there is no spend account until the limit is set again, and the sum goes on', async () => {
  await mkdir(join(root, 'outputs/poems/v0/work'), { recursive: true })
  await writeFile(file(), '{"limit_us\n{"reserved_usd":0.25}\n')
  expect(await store.spendAccount(v0)).toBeNull()
  const account = await open(1)
  expect([account.limit_usd, await account.spent()]).toEqual([1, 0.25])
  await account.close()
})

test('ten thousand calls add up to the last digit', async () => {
  const entry = '{"reserved_usd":0.0021}\n{"reserved_usd":0.0021,"actual_usd":0.0001}\n'
  await (await open(1)).close()
  await appendFile(file(), entry.repeat(10_000))
  const account = await open()
  expect([await account.spent(), await account.reserve(0.0001)]).toEqual([1, false])
  await account.close()
})

test('a folder in its place is StoreUnwritable', async () => {
  await mkdir(file(), { recursive: true })
  const opened = store.spendAccount(v0, 1)
  await expect(opened).rejects.toBeInstanceOf(StoreUnwritable)
  await expect(opened).rejects.toThrow(/^Cannot write outputs\/poems\/v0\/work\/purse\.jsonl: /)
})

test.skipIf(!existsSync('/dev/full'))('what cannot be written is not reserved, nor is anything after it', async () => {
  const account = new FolderSpendAccount(
    { file: file(), path: 'work/purse.jsonl', lease: undefined },
    openSync('/dev/full', 'a+'),
  )
  await expect(account.reserve(0.5)).rejects.toThrow('purse.jsonl: the disk is full (ENOSPC)')
  await expect(account.reserve(0.5)).rejects.toBeInstanceOf(StoreUnwritable)
  await expect(account.settle(0.5, 0)).rejects.toBeInstanceOf(StoreUnwritable)
  await account.close()
})

test('a writer that was replaced reserves nothing more', async () => {
  const clock = { now: Date.now() }
  const on = (host: string) => {
    const options: FolderOptions = { now: () => clock.now, host, heartbeatMs: 3_600_000 }
    return new FolderStore(root, options)
  }
  const here = on('here')
  const { ref, lease } = await create(here)
  const account = await open(1, here, ref)
  expect(await account.reserve(0.5)).toBe(true)
  clock.now += 60_000
  const successor = await on('there').lease(ref)
  await expect(account.reserve(0.1)).rejects.toBeInstanceOf(WriterReplaced)
  await Promise.all([account.close(), lease.release(), successor.release()])
})

test('closing twice is closing once', async () => {
  const account = await open(1)
  await account.close()
  await account.close()
  expect(existsSync(file())).toBe(true)
})
