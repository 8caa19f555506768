import { expect, test } from 'vitest'
import { RequestRefused } from '../../../core/errors.ts'
import {
  executionInput,
  hashOfReceived,
  inputHash,
  mostInlineBytes,
  mostInputBytes,
  receivedInput,
} from '../../../core/request/execution-input.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { emptyFolder } from '../../stores/empty-folder.ts'

const caller = { arn: 'arn:aws:iam::1:user/ada', self_reported: false }
const short = { steps: [{ prompt_name: 'a' }] }
const long = { rerun: { pipeline: 'words', ids: Array.from({ length: 60_000 }, (_, at) => String(100_000 + at)) } }

test('a short input of nobody goes as it is', async () => {
  using folder = emptyFolder()
  const store = new FolderStore(folder.path)
  const text = await executionInput(store, short, null)
  expect(text).toBe(JSON.stringify(short))
  expect(await receivedInput(store, JSON.parse(text))).toEqual({ input: short, startedBy: null })
  expect(folder.names()).toEqual([])
})

test('a short input of somebody goes with the name', async () => {
  using folder = emptyFolder()
  const store = new FolderStore(folder.path)
  const text = await executionInput(store, short, caller)
  expect(JSON.parse(text)).toEqual({ started_by: caller, input: short })
  expect(await receivedInput(store, JSON.parse(text))).toEqual({ input: short, startedBy: caller })
})

test('a long input travels through the store, and 60,000 ids arrive', async () => {
  using folder = emptyFolder()
  const store = new FolderStore(folder.path)
  expect(JSON.stringify(long).length).toBeGreaterThan(mostInlineBytes)
  const text = await executionInput(store, long, caller)
  expect(JSON.parse(text)).toEqual({ started_by: caller, input_sha256: inputHash(long) })
  expect(folder.names()).toEqual([`outputs/_inputs/${inputHash(long)}.json`])
  expect(await receivedInput(store, JSON.parse(text))).toEqual({ input: long, startedBy: caller })
  expect(await store.pipelines()).toEqual([])
})

test('whichever way it went, the same input has the same hash, and the order of fields does not matter', async () => {
  using folder = emptyFolder()
  const store = new FolderStore(folder.path)
  for (const [input, by] of [
    [short, null],
    [short, caller],
    [long, null],
  ] as const)
    expect(hashOfReceived(JSON.parse(await executionInput(store, input, by)))).toBe(inputHash(input))
  const { pipeline, ids } = long.rerun
  expect(inputHash({ rerun: { ids, pipeline } })).toBe(inputHash(long))
})

test('an input that is missing or was changed in the store is refused', async () => {
  using folder = emptyFolder()
  const store = new FolderStore(folder.path)
  const text = JSON.parse(await executionInput(store, long, null))
  const path = `outputs/_inputs/${inputHash(long)}.json`
  await store.write(path, JSON.stringify({ ...long, offline: true }))
  await expect(receivedInput(store, text)).rejects.toThrow(`${path}, which holds the request, is not what was sent.`)
  await store.remove(path)
  await expect(receivedInput(store, text)).rejects.toThrow(`${path}, which holds the request, is missing.`)
})

test('an input above 32 MB is refused before anything is written', async () => {
  using folder = emptyFolder()
  const endless = { ...short, notes: 'x'.repeat(mostInputBytes) }
  await expect(executionInput(new FolderStore(folder.path), endless, null)).rejects.toThrow(RequestRefused)
  expect(folder.names()).toEqual([])
})

test.each([
  { started_by: 'ada', input: short },
  { started_by: null },
  { started_by: null, input: short, input_sha256: 'a'.repeat(64) },
  { started_by: null, input_sha256: '../../secret' },
  { ...short, started_by: caller },
])('another form with a name is refused: %j', async (received) => {
  using folder = emptyFolder()
  await expect(receivedInput(new FolderStore(folder.path), received)).rejects.toThrow('Leave started_by out')
})
