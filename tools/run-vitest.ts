/** Runs a configuration of vitest, whose output is seen as it comes or kept for later, and counts its tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type HowToRun, type Kept, runInBackground, runVisibly } from './child-process.ts'

const program = resolve(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs')

export interface VitestRun extends HowToRun {
  /** Options and names of files, as behind `vitest run`. */
  words?: string[]
  /** Keeps what it prints; without it, that is seen as it comes. */
  output?: Kept | undefined
}

export interface VitestEnd {
  /** The exit code. */
  code: number
  /** Tests that passed, and all of them; 0 where vitest did not come to its end. */
  passed: number
  total: number
}

export async function runVitest({ words = [], output, ...how }: VitestRun): Promise<VitestEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'itemwise-vitest-'))
  try {
    const report = join(folder, 'report.json')
    const reporters = words.some((word) => word.startsWith('--reporter')) ? [] : ['--reporter=default']
    const counting = ['--reporter=json', `--outputFile.json=${report}`]
    const command = [program, 'run', ...reporters, ...counting, ...words]
    const code = await (output === undefined ? runVisibly(command, how) : runInBackground(command, { ...how, output }))
    return { code, ...countsOf(report) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function countsOf(report: string): { passed: number; total: number } {
  try {
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, total: numTotalTests }
  } catch {
    return { passed: 0, total: 0 }
  }
}
