/**
 * What the stages of a large run take by themselves, for docs/scale.md: `npx node bench/stages.ts 1000000` plans so many items
 * in chunks of 1,920, then counts a ledger of as many, and prints seconds and peak memory (MB). No item is asked for.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from '../core/stages/open.ts'
import { plan } from '../core/stages/plan.ts'
import { stepFiles } from '../core/store.ts'
import { bareLine } from '../core/versions/ledger.ts'
import { planItems } from '../core/versions/planned-items.ts'
import { statsOf } from '../core/versions/stats.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { claude } from '../models/claude/claude.ts'
import { FolderStore } from '../stores/folder.ts'
import { benchWorkspace } from './workspace.ts'

const v0 = { pipeline: 'summaries', version: 'v0' }
const [what = '1000000', folder = ''] = process.argv.slice(2)

/** Each stage in a process of its own, as each is a Lambda of its own. */
async function measureAll(items: number): Promise<void> {
  const workspace = mkdtempSync(join(tmpdir(), 'itemwise-stages-'))
  try {
    await benchWorkspace(workspace, { items, concurrency: 64 })
    for (const stage of ['open', 'plan', 'ledger', 'publish'])
      execFileSync(process.execPath, [import.meta.filename, stage, workspace], { stdio: 'inherit' })
  } finally {
    rmSync(workspace, { recursive: true, force: true })
  }
}

async function measured(stage: string, store: FolderStore): Promise<void> {
  const began = performance.now()
  const said = await stages[stage]?.(store)
  const peak = process.resourceUsage().maxRSS / 1024
  if (stage !== 'ledger')
    console.log(
      `${stage.padEnd(8)} ${((performance.now() - began) / 1000).toFixed(1)} s  ${peak.toFixed(0)} MB  ${said ?? ''}`,
    )
}

const stages: Record<string, (store: FolderStore) => Promise<string | undefined>> = {
  open: async (store) => {
    const request = JSON.parse(Buffer.concat(await Array.fromAsync(store.read('pipelines/summaries.json'))).toString())
    const tools = {
      store,
      provider: claude,
      standIn: true,
      batches: false,
      now: Date.now,
      newId: () => 'run',
      report: () => {},
    }
    const { lease } = await open(tools, { kind: 'run', request })
    await lease.release()
    return undefined
  },
  plan: async (store) => {
    const { items, chunks } = await plan(store, v0, { step: 1, chunkLimits: () => ({ items: 1920, bytes: 1e8 }) })
    const size = await store.size(stepFiles(v0, 1).chunks)
    return `${items} items, ${chunks} chunks, ${((size ?? 0) / 1e6).toFixed(1)} MB of chunks`
  },
  ledger: async (store) => {
    const out = createWriteStream(join(folder, stepFiles(v0, 1).ledger))
    for await (const planned of planItems(store, stepFiles(v0, 1).plan)) {
      const line = { ...bareLine(planned), state: 'answered', answer_version: 'v0' }
      if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, 'drain')
    }
    out.end()
    await once(out, 'finish')
    return undefined
  },
  publish: async (store) => `${(await statsOf(store, v0, await readRun(store, v0))).items} items counted`,
}

if (folder === '') await measureAll(Number(what))
else await measured(what, new FolderStore(folder))
