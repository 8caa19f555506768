/** A packed version of a thousand to a million items, and sending it: what grows with a version that is not a tree of files. */
import { appendFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Bench, concurrency } from './cases.ts'
import { startLoopbackAws } from './loopback-aws.ts'
import { measuredRun } from './measured-run.ts'
import { middleOf } from './rows.ts'
import { benchWorkspace } from './workspace.ts'

const cli = join(resolve(import.meta.dirname, '..'), 'dist/cli/main.js')
const version = 'outputs/summaries/v0'

/** The run that makes it, and `push` to a server that keeps nothing. Throws if less was sent than the array and the ledger have. */
export async function growthPacked(bench: Bench, { items }: { items: number }): Promise<void> {
  const workspace = join(bench.folder, `growth-${items}-packed`)
  await benchWorkspace(workspace, { items, concurrency })
  appendFileSync(join(workspace, 'itemwise.yaml'), 'keep: { prompts: packed, items: packed }\n')
  const aws = await startLoopbackAws()
  const measure = async (name: string, ...words: string[]) => {
    const env = { NO_COLOR: '1', ...aws.env }
    const measured = middleOf([await measuredRun({ args: [cli, ...words], cwd: workspace, env })])
    bench.report({ case: name, program: 'itemwise', items, latency_ms: 0, ...measured })
  }
  try {
    await measure('run, offline, packed', 'run', 'pipelines/summaries.json', '--offline')
    await measure('push, packed', 'push', version, '--target', 'aws', '--stack', 'bench')
  } finally {
    aws.close()
  }
  const files = ['01_ledger.jsonl', 'collated/01_summary.json'].map((name) => join(workspace, version, name))
  const least = files.reduce((sum, file) => sum + statSync(file).size, 0)
  if (aws.received() < least) throw new Error(`${aws.received()} bytes were sent of at least ${least}.`)
}
