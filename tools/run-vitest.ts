/** Runs a configuration of vitest, whose output is seen as it comes, and counts its tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runVisibly } from './child-process.ts'

const program = resolve(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs')

export interface VitestRun {
  /** Options and names of files, as behind `vitest run`. */
  words?: string[]
  env?: NodeJS.ProcessEnv
}

export interface VitestEnd {
  /** The exit code. */
  code: number
  /** Tests that passed, and all of them; 0 where vitest did not come to its end. */
  passed: number
  total: number
}

export async function runVitest({ words = [], env = {} }: VitestRun): Promise<VitestEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'itemwise-vitest-'))
  try {
    const report = join(folder, 'report.json')
    const reporters = words.some((word) => word.startsWith('--reporter')) ? [] : ['--reporter=default']
    const counting = ['--reporter=json', `--outputFile.json=${report}`]
    const code = await runVisibly([program, 'run', ...reporters, ...counting, ...words], env)
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
