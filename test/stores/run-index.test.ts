import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { markOf, newIndexedRun, RunIndex } from '../../stores/run-index.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'itemwise-index-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const id = '01M8FC78RW749402HK9HA135PA'
const run = newIndexedRun({ run_id: id, created: '2026-03-02T09:15:00.000Z', input_sha256: 'abc' })
const file = () => join(root, 'outputs/_index', `${id}.json`)

test('a run has one entry: of two that make it, one does', () => {
  const index = new RunIndex(root)
  expect([index.create(run), new RunIndex(root).create({ ...run, input_sha256: 'other' })]).toEqual([true, false])
  expect(index.read(id)).toEqual(run)
})

test('an entry is written anew whole, and nothing else is left', () => {
  const index = new RunIndex(root)
  index.create(run)
  index.write({ ...run, pipeline: 'words', version: 'v0', ended: { status: 'completed', error: null } })
  expect(index.read(id)).toMatchObject({ version: 'v0', ended: { status: 'completed' } })
  expect(readFileSync(file(), 'utf8')).toMatch(/^\{\n {2}"run_id": "01M8FC78RW749402HK9HA135PA",\n/)
  expect(readdirSync(join(root, 'outputs/_index'))).toEqual([`${id}.json`])
  index.remove(id)
  expect(index.read(id)).toBeUndefined()
})

test.each(['', '../../pipelines/words', 'a/b', 'nothing', id.toLowerCase()])('no run is found by %j', (other) => {
  const index = new RunIndex(root)
  index.create(run)
  expect(index.read(other)).toBeUndefined()
})

test('an entry that is torn says so, and where', () => {
  const index = new RunIndex(root)
  index.create(run)
  writeFileSync(file(), '{"run_id": ')
  expect(() => index.read(id)).toThrow(`outputs/_index/${id}.json cannot be read: it was changed or cut off.`)
})

test('a run lives as long as its process, and not as another that got its number', async () => {
  const index = new RunIndex(root)
  index.create(run)
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const mark = markOf(child.pid!)
  expect(index.isAlive({ ...run, process: mark })).toBe(true)
  expect(index.isAlive({ ...run, process: { ...mark, process_start: '1' } })).toBe(false)
  expect(index.isAlive(run)).toBe(false)
  child.kill()
  await once(child, 'exit')
  expect(index.isAlive({ ...run, process: mark })).toBe(false)
})

test('what cannot be seen from here lives while it gives signs of life', () => {
  const index = new RunIndex(root)
  index.create(run)
  const elsewhere = { ...run, process: { ...markOf(process.pid), host: 'another' } }
  const withoutStart = { ...run, process: { ...markOf(process.pid), process_start: null } }
  expect([elsewhere, withoutStart].map((entry) => index.isAlive(entry))).toEqual([true, true])
  expect([elsewhere, withoutStart].map((entry) => index.isHere(entry))).toEqual([false, true])
  const old = Date.now() / 1000 - 120
  utimesSync(file(), old, old)
  expect([elsewhere, withoutStart].map((entry) => index.isAlive(entry))).toEqual([false, false])
  index.touch(id)
  expect(index.isAlive(elsewhere)).toBe(true)
})
