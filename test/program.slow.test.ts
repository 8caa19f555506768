/**
 * The command that the tests start is the package's, bundled: it says and writes what the source does. The package is
 * also what the commands of the docs run (test/docs-commands.slow.test.ts).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { withoutChance } from '../tools/console-blocks.ts'
import { compileCache, program, source } from './program.ts'

const folders = [source, program].map(() => mkdtempSync(join(tmpdir(), 'itemwise-alike-')))
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** What a program says and how it ends, in a folder whose name is not said. */
function said(file: string, folder: string, words: string[]): unknown {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...noAws }
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  return { status, out: readable(stdout, folder), err: readable(stderr, folder) }
}

const noAws = { AWS_EC2_METADATA_DISABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: join(tmpdir(), 'none') }

function readable(text: string, folder: string): string {
  return withoutChance(text.replaceAll(folder, '/here').replaceAll(/:\d\d\.\d{3}Z/g, ':00Z'))
}

/** All files below a folder, by path. Of an index, the bytes depend on how long times and run ids are. */
function tree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort()
  return Object.fromEntries(
    paths.map((path) => [
      path,
      path.includes('.index/') ? '' : readable(readFileSync(join(folder, path), 'utf8'), folder),
    ]),
  )
}

const pipeline = 'problem_generator_module_4'

test.each([
  [['--version']],
  [['rum']],
  [['init', '.']],
  [['run', 'pipelines/problem.yaml', '--offline']],
  [['run', 'pipelines/problems.yaml', '--offline']],
  [['rerun', pipeline, '4002', '4007', '--offline', '--note', 'two']],
  [['list', '--all']],
  [['show', pipeline, 'v1', '4002']],
  [['compare', pipeline, 'v0', 'v1', '--detail']],
  [['export', pipeline, '--format', 'csv']],
  [['estimate', 'pipelines/problems.yaml']],
  [['list', '--target', 'aws', '--stack', 'x']],
])('%j: the same words, the same exit code', (words) => {
  const [ofSource, ofProgram] = [source, program].map((file, at) => said(file, folders[at]!, words))
  expect(ofProgram).toEqual(ofSource)
})

test('and the same files in the end', () => {
  const [ofSource, ofProgram] = folders.map(tree)
  expect(Object.keys(ofSource!).length).toBeGreaterThan(100)
  expect(Object.keys(ofProgram!)).toEqual(Object.keys(ofSource!))
  expect(Object.keys(ofSource!).filter((path) => ofSource![path] !== ofProgram![path])).toEqual([])
})
