/** A removal and a run that begins on the version at the same moment: one of them gives way, and nothing is asked for twice. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Prospect } from '../../../core/request/prospect.ts'
import type { Start } from '../../../core/request/start.ts'
import { open } from '../../../core/stages/open.ts'
import { plan, wholeStep } from '../../../core/stages/plan.ts'
import { stepFiles, tombstonePath } from '../../../core/store.ts'
import { removeVersion } from '../../../core/versions/remove-version.ts'
import { writeTombstone } from '../../../core/versions/tombstone.ts'
import { claude } from '../../../models/claude/claude.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { newVersion } from '../../stores/samples.ts'
import { Story } from '../../stories/story.ts'
import { step1, wordFiles, words } from '../../stories/words.ts'

const v0 = { pipeline: 'words', version: 'v0' }
const files = wordFiles(3, [{ ...step1, batch_skip_existing: true }])
const request = files['pipelines/words.json'] as object
let story: Story
let store: FolderStore

beforeEach(async () => {
  story = await Story.begin(files)
  store = new FolderStore(story.root)
  expect((await story.run('run', 'words', '--offline')).code).toBe(0)
  story.write('prompts/define.md', 'Define {word} once more, as JSON.')
})
afterEach(() => story[Symbol.asyncDispose]())

async function remove(by = new FolderStore(story.root), ref = v0): Promise<void> {
  const state = (await by.version(ref))!
  await removeVersion(by, ref, { state, metadata: state.metadata, force: true, now: Date.now() })
}

/** Begins a run, and does something else after its check and before its version appears. */
function begin(start: Start, meanwhile: (prospect: Prospect | null) => Promise<void>) {
  return open(
    {
      ...{ store, provider: claude, standIn: true, batches: false, now: Date.now, report: () => {} },
      newId: () => '01JABCDEFGHJKMNPQRSTVWXYZ0',
      mayBegin: meanwhile,
    },
    start,
  )
}

const rerun = (choice: { ids: string[] | null; changed: boolean; base?: string }): Start => ({
  kind: 'rerun',
  rerun: { pipeline: 'words', failed: false, base: 'latest', ...choice },
})

test.each<[string, () => Start]>([
  [
    'an incremental run',
    () => {
      story.write('inputs/words.json', [...words(3), { id: 14, word: 'new' }])
      return { kind: 'run', request } as Start
    },
  ],
  ['a rerun of what changed', () => rerun({ ids: null, changed: true })],
  ['a rerun of an item', () => rerun({ ids: ['11'], changed: false })],
])('%s whose base is removed before its version appears plans nothing', async (_name, start) => {
  const { ref, lease } = await begin(start(), () => remove())
  await expect(plan(store, ref, { step: 1, chunkLimits: wholeStep })).rejects.toMatchObject({
    name: 'RunFailed',
    message: 'v0 of words, the base of v1, was removed, so step 1 was not begun. Remove v1 and start the run again.',
  })
  expect(await store.size(stepFiles(ref, 1).chunks)).toBeUndefined()
  await lease.release()
})

test('a version on which a run begins while its tombstone is written stays, and can be built on', async () => {
  const by = new (class extends FolderStore {
    override async write(...args: Parameters<FolderStore['write']>): Promise<void> {
      const { lease } = await store.createVersion('words', (version) => newVersion(version, { base_version: 'v0' }))
      await lease.release()
      await super.write(...args)
    }
  })(story.root)
  await expect(remove(by)).rejects.toMatchObject({
    name: 'RequestRefused',
    message: expect.stringContaining('other versions need it: v1 is based on it'),
  })
  expect([await store.versions('words'), await store.size(tombstonePath(v0))]).toEqual([['v0', 'v1'], undefined])
})

test('a removal that was killed before it looked again keeps nobody from the base, once it is refused', async () => {
  await writeTombstone(store, v0, {
    ...{ version: 'v0', removed: '2026-01-01T00:00:00.000Z', status: 'completed' },
    ...{ base_version: null, cost_usd: null, steps: [] },
  })
  const { ref, lease } = await begin(rerun({ ids: ['11'], changed: false }), async () => {})
  const planned = () => plan(store, ref, { step: 1, chunkLimits: wholeStep })
  await expect(planned()).rejects.toThrow(
    'The removal of v0 of words, the base of v1, has begun but not ended, so step 1 was not begun. Call `itemwise remove words v0` once more: it is refused if v0 is still whole. Then resume v1.',
  )
  await expect(remove()).rejects.toMatchObject({ name: 'RequestRefused' })
  expect(await planned()).toMatchObject({ items: 3, process: 1, carry: 2 })
  await lease.release()
})

test('a completed base whose ledger is gone is no base without answers', async () => {
  const { ref, lease } = await begin(rerun({ ids: null, changed: true }), async () => {
    await store.remove(stepFiles(v0, 1).ledger)
  })
  await expect(plan(store, ref, { step: 1, chunkLimits: wholeStep })).rejects.toThrow(
    'v0 of words, the base of v1, has no ledger of step 1 (outputs/words/v0/01_ledger.jsonl), so the step was not begun.',
  )
  await lease.release()
})

test.each(['v0', 'v1'])('nor is a base whose folder was deleted by hand, as %s', async (highest) => {
  if (highest === 'v1') expect((await story.run('rerun', 'words', '11', '--offline')).code).toBe(0)
  const start = rerun({ ids: ['12'], changed: false, base: 'v0' })
  const { ref, lease } = await begin(start, () => store.removeVersion(v0))
  expect(ref.version).toBe(highest === 'v1' ? 'v2' : 'v0')
  await expect(plan(store, ref, { step: 1, chunkLimits: wholeStep })).rejects.toThrow(
    `v0 of words, the base of ${ref.version}, is gone, so step 1 was not begun.`,
  )
  await lease.release()
})
