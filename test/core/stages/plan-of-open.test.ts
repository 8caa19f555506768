/** What the check of a rerun finds of its items is written down by `open`, so that `plan` does not look for it again. */
import { afterEach, expect, test } from 'vitest'
import type { Start } from '../../../core/request/start.ts'
import { open } from '../../../core/stages/open.ts'
import { plan, wholeStep } from '../../../core/stages/plan.ts'
import { type ByteRange, stepFiles } from '../../../core/store.ts'
import { parsePlanText } from '../../../core/versions/planned-items.ts'
import { readText } from '../../../core/versions/version-documents.ts'
import { claude } from '../../../models/claude/claude.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { Story } from '../../stories/story.ts'
import { step1, step2, wordFiles, words } from '../../stories/words.ts'

/** Remembers which files were read, from their beginning. */
class WatchedStore extends FolderStore {
  readonly seen: string[] = []

  override read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    if ((range?.[0] ?? 0) === 0) this.seen.push(path)
    return super.read(path, range)
  }

  times(path: string): number {
    return this.seen.filter((one) => one === path).length
  }
}

const input = 'inputs/words.json'
let story: Story

async function began(steps: object[], rate = 'Rate it: {item}'): Promise<WatchedStore> {
  story = await Story.begin({ ...wordFiles(20, steps), 'prompts/rate.md': rate })
  expect((await story.run('run', 'words', '--offline')).code).toBe(0)
  return new WatchedStore(story.root)
}
afterEach(() => story[Symbol.asyncDispose]())

function toolsOf(store: FolderStore) {
  const offline = { provider: claude, standIn: true, batches: false }
  return { ...offline, store, now: Date.now, report: () => {}, newId: () => 'run' }
}

async function opened(store: FolderStore, choice: { ids?: string[]; failed?: boolean; changed?: boolean }) {
  const rerun = { pipeline: 'words', base: 'latest', ids: null, failed: false, changed: false, ...choice }
  return open(toolsOf(store), { kind: 'rerun', rerun } as Start)
}

async function planLinesOf(store: FolderStore, path: string) {
  const text = await readText(store, path)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => parsePlanText(line))
}

test('a rerun of one item reads the input once, and its plan is what open found', async () => {
  const store = await began([step1])
  const { ref, lease } = await opened(store, { ids: ['17'] })
  expect(store.times(input)).toBe(1)
  const { plan: path } = stepFiles(ref, 1)
  expect((await planLinesOf(store, path)).map((line) => ('carried' in line ? line.carried : line.item_id))).toEqual([
    { base_version: 'v0', from: 1, to: 6 },
    '17',
    { base_version: 'v0', from: 8, to: 20 },
  ])
  const planned = await plan(store, ref, { step: 1, chunkLimits: wholeStep })
  expect(planned).toMatchObject({ items: 20, process: 1, carry: 19, skip: 0, chunks: 1 })
  expect(store.times(input)).toBe(1)
  await lease.release()
})

test('the plan of open is the one that the stage makes', async () => {
  const store = await began([step1, { ...step2, batch_id_field: 'nr' }])
  for (const choice of [{ ids: ['12', '19'] }, { failed: true }, { ids: ['11', '12'], changed: true }]) {
    story.write('prompts/define.md', `Define {word} ${JSON.stringify(choice).replaceAll(/[{}]/g, '')}.`)
    const { ref, lease } = await opened(store, choice).catch((error) => {
      expect(error).toMatchObject({ name: 'NothingToDo' })
      return { ref: null, lease: null }
    })
    if (ref === null) continue
    const { plan: path } = stepFiles(ref, 1)
    const ofOpen = await readText(store, path)
    await store.remove(path)
    await plan(store, ref, { step: 1, chunkLimits: wholeStep })
    expect(await readText(store, path)).toBe(ofOpen)
    await lease.release()
    await store.removeVersion(ref)
  }
})

test('if a later step needs the root items, the stage plans', async () => {
  const store = await began([step1, step2], 'Rate {root__word}: {item}')
  const { ref, lease } = await opened(store, { ids: ['17'] })
  expect(await store.size(stepFiles(ref, 1).plan)).toBeUndefined()
  await lease.release()
})

test('a run that continues nothing is planned by the stage', async () => {
  const store = await began([step1])
  const request = wordFiles(20)['pipelines/words.json']
  const { ref, lease } = await open(toolsOf(store), { kind: 'run', request })
  expect(await store.size(stepFiles(ref, 1).plan)).toBeUndefined()
  await lease.release()
})

test('an input that changes after the check is not planned half', async () => {
  const store = await began([step1])
  const { ref, lease } = await opened(store, { ids: ['17'] })
  story.write(input, words(3))
  expect(await plan(store, ref, { step: 1, chunkLimits: wholeStep })).toMatchObject({ items: 20, process: 1 })
  await lease.release()
})
