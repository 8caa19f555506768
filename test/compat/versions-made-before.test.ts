/**
 * Workspaces made by earlier releases, one a folder, each named by the commit that made it: `workspace/` as that release left
 * it, and `said/` what it printed. Every later release reads them, sees nothing changed, and pays only for what is missing.
 */
import { cpSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Story } from '../stories/story.ts'

/** What each text in `said/` was printed by. */
const printed: Record<string, string[]> = {
  list: ['list', '--all'],
  'list-labels': ['list', '--status', 'beta', 'rc'],
  'show-v1': ['show', 'things_module_2_path_b', 'v1'],
  'show-v2': ['show', 'things_module_2_path_b', 'v2'],
  'show-item': ['show', 'things_module_2_path_b', 'v2', '4002'],
  'show-item-json': ['show', 'things_module_2_path_b', 'v1', 'X/Y', '--json'],
  compare: ['compare', 'things_module_2_path_b', 'v0', 'v1'],
  'compare-detail': ['compare', 'things_module_2_path_b', 'v0', 'v2', '--detail'],
  export: ['export', 'things_module_2_path_b', 'v2', '--step', '1'],
}

const releases = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** A copy of a release's workspace beside a loopback API. */
async function workspaceOf(release: string): Promise<Story> {
  const story = await Story.begin()
  cpSync(join(import.meta.dirname, release, 'workspace'), story.root, { recursive: true, verbatimSymlinks: true })
  // A checkout does not keep times: the last sign of life of the writer that was killed, on another machine.
  const lock = 'outputs/letters/v0/work/lock-000001.json'
  const seen = Date.parse(story.json<{ started: string }>(lock).started) / 1000
  utimesSync(join(story.root, lock), seen, seen)
  return story
}

describe.each(releases)('a workspace made by %s', (release) => {
  test.each(Object.entries(printed))('%s says what it said then', async (name, words) => {
    await using story = await workspaceOf(release)
    const said = readFileSync(join(import.meta.dirname, release, 'said', `${name}.txt`), 'utf8')
    expect(await story.run(...words)).toMatchObject({ code: 0, out: said })
  })

  const pipelines = readdirSync(join(import.meta.dirname, release, 'workspace/outputs')).filter(
    (name) => name !== '_runs' && name !== 'letters',
  )
  test.each(pipelines)('no item of %s looks changed', async (pipeline) => {
    await using story = await workspaceOf(release)
    const { code, out } = await story.run('rerun', pipeline, '--changed')
    expect({ code, out, sent: story.sent.length }).toEqual({
      code: 0,
      out: expect.stringContaining('nothing that would be sent has changed'),
      sent: 0,
    })
  })

  test('an unfinished version is resumed, and only what is missing is asked for', async () => {
    await using story = await workspaceOf(release)
    const { code } = await story.run('resume', 'letters')
    expect({ code, asked: story.asked() }).toEqual({
      code: 0,
      asked: ['Greet whoever wrote', 'Greet whoever wrote'],
    })
    expect(story.collated('letters/v0', '01_greet.json').map(({ id }) => id)).toEqual(['1', '2', '3', '4'])
  })

  test('a version can be rerun in part: the rest is carried over as it was', async () => {
    await using story = await workspaceOf(release)
    const before = story.collated('things_module_2_path_b/v2', '01_descriptions.json')
    await story.run('rerun', 'things_module_2_path_b', '4001')
    expect(story.collated('things_module_2_path_b/v3', '01_descriptions.json').slice(1)).toEqual(before.slice(1))
  })

  test('doctor finds nothing wrong but the run that was killed', async () => {
    await using story = await workspaceOf(release)
    const { out } = await story.run('doctor', '--json')
    const { findings } = JSON.parse(out) as { findings: { path: string }[] }
    expect(findings.map(({ path }) => path)).toEqual(['outputs/letters/v0'])
  })
})
