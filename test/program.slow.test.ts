/**
 * The command that the tests start is the package's, bundled: it says and writes what the source does. The package is
 * also what the commands of the docs run (test/docs-commands.slow.test.ts).
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { withoutChance } from '../tools/console-blocks.ts'
import { type RecordedRequest, startAnthropicServer } from './anthropic-server.ts'
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

/**
 * All files below a folder, by path, run ids in it left out. Of the index of a ledger, the bytes depend on how long times and run ids are, and
 * that of runs names processes.
 */
function tree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort()
  return Object.fromEntries(
    paths.map((path) => [
      readable(path, folder),
      /[._]index\//.test(path) ? '' : readable(readFileSync(join(folder, path), 'utf8'), folder),
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

/** One question to the loopback server: the request as it came, and what Node had loaded of itself in the end. */
async function asked(file: string): Promise<{ request: RecordedRequest | undefined; loaded: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'itemwise-asked-'))
  folders.push(folder)
  for (const name of ['prompts', 'inputs']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'prompts/poem.md'), 'Write JSON about {id}.')
  writeFileSync(join(folder, 'inputs/items.json'), '[{ "id": 1 }]')
  writeFileSync(
    join(folder, 'run.json'),
    '{ "pipeline_name": "poems", "steps": [{ "prompt_name": "poem", "input_file": "inputs/items.json" }] }',
  )
  const hook = `import { writeFileSync } from 'node:fs'
process.on('exit', () => writeFileSync('loaded.json', JSON.stringify(process.moduleLoadList)))`
  writeFileSync(join(folder, 'hook.mjs'), hook)
  const server = await startAnthropicServer()
  const env = { PATH: process.env.PATH, ANTHROPIC_API_KEY: server.key, ANTHROPIC_BASE_URL: server.url }
  const words = ['--import', join(folder, 'hook.mjs'), file, 'run', 'run.json']
  const [status] = await once(spawn(process.execPath, words, { cwd: folder, env, stdio: 'ignore' }), 'exit')
  await server.close()
  expect(status).toBe(0)
  return { request: server.requests[0], loaded: JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8')) }
}

test("a request has the headers that the SDK's own would have, without Node's fetch or HTTP/2 being loaded", async () => {
  const [ofSource, ofProgram] = [await asked(source), await asked(program)]
  const headersOf = ({ host: _host, ...headers }: NonNullable<typeof ofSource.request>['headers'] = {}) => headers
  expect(headersOf(ofProgram.request?.headers)).toEqual(headersOf(ofSource.request?.headers))
  expect(headersOf(ofProgram.request?.headers)).toMatchObject({ 'anthropic-version': expect.any(String) })
  const heavy = (module: string) => /^NativeModule (internal\/deps\/undici\/undici|http2)$/.test(module)
  expect(ofSource.loaded.filter(heavy).length).toBe(2)
  expect(ofProgram.loaded.filter(heavy)).toEqual([])
}, 60_000)
