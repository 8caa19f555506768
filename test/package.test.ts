/** The npm package in an empty folder, as a user gets it: packed, installed beside Node 24, run. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'itemwise-package-'))
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' }).replace(
      /^[^[]*/,
      '',
    ),
  )
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', allowScripts: { node: true } }),
  )
  execFileSync('npm', ['install', '--no-audit', '--no-fund', `./${packed.filename}`, `node@${devDependencies.node}`], {
    cwd: folder,
    stdio: 'pipe',
  })
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function npx(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('npx', ['itemwise', ...words], {
    cwd: join(folder, words[0] === 'init' ? '.' : 'demo'),
    encoding: 'utf8',
  })
}

describe('the npm package', () => {
  test('makes a workspace, runs it offline and lists it', () => {
    expect(npx('init', 'demo').status).toBe(0)
    const run = npx('run', 'pipelines/problems.yaml', '--offline')
    expect(run.stdout).toContain('v0 of problem_generator_module_4 is completed: 14 items, 14 processed')
    expect(run.status).toBe(0)
    expect(npx('list', '--all').stdout).toContain('PIPELINE: problem_generator_module_4\nVersions: 1\nLatest: v0\n')
    expect(existsSync(join(folder, 'demo/pipelines/run-request.schema.json'))).toBe(true)
  })

  test('holds the licences of what is bundled in it, and no source', () => {
    const inside = join(folder, 'node_modules/itemwise')
    expect(readFileSync(join(inside, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')).toMatch(
      /@anthropic-ai\/sdk \S+ \(Apache-2.0\)/,
    )
    expect(existsSync(join(inside, 'cli/main.ts'))).toBe(false)
    expect(existsSync(join(inside, 'LICENSE'))).toBe(true)
  })

  test('is a library whose example compiles and runs', () => {
    const example = readFileSync(join(root, 'test/library-example.ts'), 'utf8').replace("'../index.ts'", "'itemwise'")
    expect(example).toContain("from 'itemwise'")
    const workspace = join(folder, 'demo/my-prompts')
    for (const name of ['inputs', 'prompts']) mkdirSync(join(workspace, name), { recursive: true })
    writeFileSync(join(workspace, 'inputs/words.jsonl'), '{"word": "candle"}\n')
    writeFileSync(join(workspace, 'prompts/write_riddle.md'), 'Write a riddle about {word}.')
    writeFileSync(join(workspace, 'prompts/check_riddle.md'), 'Is this a riddle: {text}')
    writeFileSync(join(folder, 'demo/example.ts'), example)
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
    ]
    const compiled = spawnSync(join(root, 'node_modules/.bin/tsc'), [...options, '--ignoreConfig', 'example.ts'], {
      cwd: join(folder, 'demo'),
      encoding: 'utf8',
    })
    expect(compiled.stdout).toBe('')
    const ran = spawnSync(join(folder, 'node_modules/.bin/node'), ['example.ts'], {
      cwd: join(folder, 'demo'),
      encoding: 'utf8',
    })
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toContain('1 items, 0 failed')
    expect(ran.status).toBe(0)
  })

  test('says in one sentence that Node is too old', ({ skip }) => {
    const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path) && major(path) < 24)
    skip(old === undefined, 'there is no older Node on this machine')
    const { status, stderr } = spawnSync(old!, [join(folder, 'node_modules/itemwise/cli/itemwise.js'), 'list'], {
      encoding: 'utf8',
    })
    expect(stderr).toMatch(/^itemwise needs Node\.js 24 or newer, and this is v\d+\.\d+\.\d+\. Install it from .*\n$/)
    expect(status).toBe(1)
  })
})

function major(node: string): number {
  return Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 99)
}
