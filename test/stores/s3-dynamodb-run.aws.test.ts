/** A whole run on the cloud store leaves the same files as on a folder. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Store } from '../../core/store.ts'
import { StandIn } from '../../models/offline/stand-in.ts'
import { runStart } from '../../runners/run-pipeline.ts'
import { FolderStore } from '../../stores/folder.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { type CloudTestPlace, makeCloudPlace } from './cloud-place.ts'
import { text } from './store-contract.ts'

const example = join(import.meta.dirname, '../..')
const noon = Date.parse('2026-11-24T12:00:00Z')

describe('a run, on LocalStack', () => {
  let root: string
  let place: CloudTestPlace
  let folder: FolderStore
  let cloud: CloudStore
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'itemwise-run-'))
    folder = new FolderStore(root)
    place = await makeCloudPlace()
    cloud = new CloudStore(place, { clients: place.clients })
    for (const part of ['inputs', 'prompts', 'pipelines', 'itemwise.yaml'])
      await cp(join(example, part), join(root, part), { recursive: true })
    for (const path of await everyFile(folder, '')) await cloud.write(path, folder.read(path))
  })
  afterEach(() => Promise.all([place.remove(), rm(root, { recursive: true })]))

  async function everyFile(store: Store, below: string): Promise<string[]> {
    const names = await store.list(below)
    const paths = names.map((name) => (below === '' ? name : `${below}/${name}`))
    const found = paths.map((path) => (path.endsWith('/') ? everyFile(store, path.slice(0, -1)) : [path]))
    return (await Promise.all(found)).flat()
  }

  /** Contents by path, without what no two runs have alike. */
  async function contents(store: Store): Promise<Record<string, string>> {
    const paths = (await everyFile(store, 'outputs')).filter((path) => !path.includes('/latest/'))
    const same = (content: string) =>
      content.replace(/"(run_id|created|milliseconds|line_check)": ?("[^"]*"|\d+)/g, '"$1":0')
    // The bytes of an index depend on how long those are.
    const contentOf = async (path: string) => (path.includes('/.index/') ? '' : same(await text(store, path)))
    return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await contentOf(path)])))
  }

  async function runAll(store: Store): Promise<string[]> {
    const tools = { store, model: new StandIn(), now: () => noon, monotonic: () => 0 }
    const request = parse(await text(store, 'pipelines/problems.yaml'))
    const first = await runStart(tools, { kind: 'run', request })
    const rerun = { pipeline: first.pipeline, ids: ['4002', '4007'], failed: false, changed: false, base: 'latest' }
    const second = await runStart(tools, { kind: 'rerun', rerun })
    return [first.pipeline, first.status, second.version, second.status, String(await store.latest(first.pipeline))]
  }

  test('run and rerun: the same files to the byte, the same records, the same latest', async () => {
    const [here, there] = [await runAll(folder), await runAll(cloud)]
    expect(there).toEqual(here)
    expect(there.slice(1)).toEqual(['completed', 'v1', 'completed', 'v1'])
    const files = await contents(cloud)
    expect(Object.keys(files).length).toBeGreaterThan(50)
    expect(files).toEqual(await contents(folder))
    const [pipeline = ''] = here
    expect(await Array.fromAsync(cloud.records(pipeline))).toEqual(await Array.fromAsync(folder.records(pipeline)))
  })
})
