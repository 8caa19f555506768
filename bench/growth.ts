/** Each command on versions of a thousand to a million items, with made-up answers: how time and memory grow with what is there. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Bench, concurrency, several } from './cases.ts'
import { type Measured, measuredCommand, measuredRun } from './measured-run.ts'
import { middleOf } from './rows.ts'
import { benchWorkspace } from './workspace.ts'

const root = resolve(import.meta.dirname, '..')
const cli = join(root, 'dist/cli/main.js')
const request = 'pipelines/summaries.json'

/** More files would take as long, and as much room, as everything else. */
const mostKilled = 10_000

/** Measures each command at one number of items, and beside it what it cannot do without: reading and copying files. */
export async function growth(bench: Bench, { items }: { items: number }): Promise<void> {
  const workspace = join(bench.folder, `growth-${items}`)
  await benchWorkspace(workspace, { items, concurrency })
  const report = (name: string, measured: ReturnType<typeof middleOf>, program = 'itemwise') =>
    bench.report({ case: name, program, items, latency_ms: 0, ...measured })
  const once = async (name: string, ...words: string[]) => report(name, middleOf([await itemwise(workspace, ...words)]))
  const often = async (name: string, ...words: string[]) =>
    report(name, await several(() => itemwise(workspace, ...words)))
  const middle = String(Math.ceil(items / 2))

  await once('estimate', 'estimate', request)
  await once('run, offline', 'run', request, '--offline')
  await often('list', 'list', 'summaries', '--all')
  await often('show one item', 'show', 'summaries', 'v0', middle)
  const { rerun, copy, read } = await rerunBesideFloor(workspace, middle)
  report('rerun one item', middleOf(rerun))
  report('copy ledger and array', middleOf(copy), 'cp')
  report('read the input once', middleOf(read), 'reader')
  await once('compare', 'compare', 'summaries', 'v0', 'v3')
  await once('export', 'export', 'summaries', 'v3', '--output', 'answers.csv')
  rmSync(join(workspace, 'answers.csv'))
  await once('doctor', 'doctor', 'summaries')
  const all = 'find outputs -type f -print0 | xargs -0 cat > /dev/null'
  report('read all files once', middleOf([await measuredCommand('sh', ['-c', all], workspace)]), 'cat')
  if (items <= mostKilled) report('resume, half was answered', middleOf([await resumed(bench, items)]))
}

function itemwise(workspace: string, ...words: string[]): Promise<Measured> {
  return measuredRun({ args: [cli, ...words], cwd: workspace, env: { NO_COLOR: '1' } })
}

/** Three times in turns, so that what disturbs the machine does not decide. */
async function rerunBesideFloor(
  workspace: string,
  item: string,
): Promise<Record<'rerun' | 'copy' | 'read', Measured[]>> {
  const measured: Record<'rerun' | 'copy' | 'read', Measured[]> = { rerun: [], copy: [], read: [] }
  mkdirSync(join(workspace, 'copies'))
  const files = ['01_ledger.jsonl', 'collated/01_summary.json'].map((name) => `outputs/summaries/v0/${name}`)
  for (let round = 1; round <= 3; round++) {
    // Of a million items a version takes 0.7 GB: only the last one stays. Few files are deleted, so nobody waits for that.
    if (round > 1) await itemwise(workspace, 'remove', 'summaries', `v${round - 1}`, '--force')
    measured.rerun.push(await itemwise(workspace, 'rerun', 'summaries', item, '--base', 'v0', '--offline'))
    measured.copy.push(await measuredCommand('cp', [...files, 'copies'], workspace))
    const args = [join(root, 'bench/read-items.ts'), 'inputs/items.json']
    measured.read.push(await measuredRun({ args, cwd: workspace }))
  }
  rmSync(join(workspace, 'copies'), { recursive: true })
  return measured
}

/** Kills a run when half of its answers are there, and resumes it. */
async function resumed(bench: Bench, items: number): Promise<Measured> {
  const workspace = join(bench.folder, `growth-${items}-killed`)
  await benchWorkspace(workspace, { items, concurrency })
  const child = spawn(process.execPath, [cli, 'run', request, '--offline'], { cwd: workspace, stdio: 'ignore' })
  const ended = once(child, 'exit')
  while (answersIn(workspace) < items / 2 && child.exitCode === null) await wait(10)
  if (!child.kill('SIGKILL')) throw new Error(`The run of ${items} items ended before it was killed.`)
  await ended
  return itemwise(workspace, 'resume', 'summaries', '--offline')
}

function answersIn(workspace: string): number {
  try {
    return readdirSync(join(workspace, 'outputs/summaries/v0/items')).length
  } catch {
    return 0
  }
}
