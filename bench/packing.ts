/** A run that packs prompts and answers beside one that writes a file for each: time, files, and room on the disk. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { asking, type Bench, concurrency, itemwise, withServer } from './cases.ts'
import type { Measured } from './measured-run.ts'
import { quietDisk } from './quiet-disk.ts'
import { middleOf } from './rows.ts'
import { benchWorkspace } from './workspace.ts'

const settings = { files: '', packed: 'keep: { prompts: packed, items: packed }\n' }
type Way = keyof typeof settings

/** Each `times` times in turns, each going first in every second round. */
export async function packing(bench: Bench, { items, times }: { items: number; times: number }): Promise<void> {
  const measured: Record<Way, Measured[]> = { files: [], packed: [] }
  const more: Record<Way, Record<string, number>> = { files: {}, packed: {} }
  await withServer(0, async (server) => {
    for (let round = 0; round < times; round++) {
      for (const way of round % 2 === 0 ? (['files', 'packed'] as const) : (['packed', 'files'] as const)) {
        const workspace = join(bench.folder, `packing-${round}-${way}`)
        await benchWorkspace(workspace, { items, concurrency })
        appendFileSync(join(workspace, 'itemwise.yaml'), settings[way])
        await quietDisk(bench.folder)
        const run = () => itemwise(workspace, server.url, 'run', 'pipelines/summaries.json')
        measured[way].push(await asking(items, server, run))
        const version = join(workspace, 'outputs/summaries/v0')
        more[way] = { files: filesIn(version), disk_mb: diskMb(version) }
      }
    }
  })
  for (const way of ['files', 'packed'] as const)
    bench.report({
      ...{ case: `keep: ${way}`, program: 'itemwise', items, latency_ms: 0 },
      ...{ ...middleOf(measured[way]), more: more[way] },
    })
}

function filesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
}

/** As `du` counts: whole blocks, folders included. */
function diskMb(folder: string): number {
  return Number.parseInt(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }), 10) / 1024
}
