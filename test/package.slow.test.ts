/** The npm package in an empty folder, as a user gets it: packed, installed beside Node 24, run. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guidePrograms } from './guide-programs.ts'

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
  // Nothing of this machine's AWS settings is seen.
  const { AWS_PROFILE: _profile, AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...env } = process.env
  return spawnSync('npx', ['itemwise', ...words], {
    cwd: join(folder, words[0] === 'init' ? '.' : 'demo'),
    encoding: 'utf8',
    env: { ...env, AWS_EC2_METADATA_DISABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') },
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
    const licences = readFileSync(join(inside, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8').split(/^-{78}$/m)
    const packages = licences.map((licence) => {
      const [, name, text = ''] = /^\s*(\S+) \S+ \(.+\)\n\n([\s\S]*)/.exec(licence) ?? []
      return { name, isWhole: text.length > 500 && /copyright/i.test(text) }
    })
    expect(packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['@anthropic-ai/sdk', '@aws-sdk/nested-clients', 'standardwebhooks', 'zod']),
    )
    expect(packages.filter(({ isWhole }) => !isWhole)).toEqual([])
    expect(existsSync(join(inside, 'cli/main.ts'))).toBe(false)
    expect(existsSync(join(inside, 'LICENSE'))).toBe(true)
  })

  test('holds whatever its pages link to and show', () => {
    const inside = join(folder, 'node_modules/itemwise')
    const pages = readdirSync(inside, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
    expect(pages).toEqual(
      expect.arrayContaining(['README.md', join('docs', 'guide', 'start.md'), join('docs', 'reference.md')]),
    )
    const leadNowhere = pages.flatMap((page) =>
      linksOf(readFileSync(join(inside, page), 'utf8'))
        .filter((link) => !existsSync(join(inside, dirname(page), link)))
        .map((link) => `${page}: ${link}`),
    )
    expect(leadNowhere).toEqual([])
  })

  test('holds what AWS needs in files that only AWS loads', () => {
    const dist = join(folder, 'node_modules/itemwise/dist')
    const aws = readdirSync(join(dist, 'chunks')).filter((name) => isOfAws(join(dist, 'chunks', name)))
    expect(aws.length).toBeGreaterThan(0)
    const [list = ''] = readdirSync(join(dist, 'chunks')).filter((name) => /^list-/.test(name))
    const loaded = [...loadedWith(join(dist, 'cli/main.js')), ...loadedWith(join(dist, 'chunks', list))]
    expect(loaded.filter(isOfAws)).toEqual([])
    const { status, stderr } = npx('list', '--target', 'aws', '--stack', 'x')
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^itemwise: (There are no AWS credentials|No AWS region)/),
    ])
    expect(bytesBelow(dist)).toBeLessThan(4_000_000)
  })

  test('reads what was typed without loading any schema', () => {
    const dist = join(folder, 'node_modules/itemwise/dist')
    const [list = ''] = readdirSync(join(dist, 'chunks')).filter((name) => /^list-/.test(name))
    const hasSchemas = (file: string) => /_zod/.test(readFileSync(file, 'utf8'))
    expect([...loadedWith(join(dist, 'cli/main.js'))].filter(hasSchemas)).toEqual([])
    expect([...loadedWith(join(dist, 'chunks', list))].filter(hasSchemas)).not.toEqual([])
  })

  test('is a library whose first program in the guide compiles and runs, in an empty folder', () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    // Offline: the rest of the program stands as it is.
    const program = guidePrograms()[0]!.replace("openWorkspace('.')", "openWorkspace('.', { offline: true })")
    expect(program).toContain('offline')
    writeFileSync(join(empty, 'program.ts'), program)
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
    const compiled = spawnSync(join(root, 'node_modules/.bin/tsc'), [...options, '--ignoreConfig', 'program.ts'], {
      cwd: empty,
      encoding: 'utf8',
    })
    expect(compiled.stdout).toBe('')
    const ran = spawnSync(join(folder, 'node_modules/.bin/node'), ['program.ts'], { cwd: empty, encoding: 'utf8' })
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toContain('2 tickets, 0 failed')
    expect(ran.status).toBe(0)
    expect(npx('list', '--all', '--workspace', empty).stdout).toContain('PIPELINE: tickets')
  })

  test('says in one sentence that Node is too old', ({ skip }) => {
    const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path) && major(path) < 24)
    skip(old === undefined, 'there is no older Node on this machine')
    const { status, stderr } = spawnSync(old!, [join(folder, 'node_modules/itemwise/cli/itemwise.js'), 'list'], {
      encoding: 'utf8',
    })
    expect(stderr).toMatch(/^itemwise needs Node\.js 24 or newer, and this is v\d+\.\d+\.\d+\. Install it from .*\n$/)
    expect(status).toBe(1)
    writeFileSync(join(folder, 'old.mjs'), "await import('itemwise').catch(({ message }) => console.log(message))")
    const library = spawnSync(old!, ['old.mjs'], { cwd: folder, encoding: 'utf8' })
    if (major(old!) >= 20)
      expect(library.stdout).toMatch(/^itemwise needs Node\.js 24 or newer, and this is v\d+\..*\n$/)
  })
})

/** The files that a page links to or shows. */
function linksOf(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].flatMap(([, link = '']) =>
    /^[a-z]+:/.test(link) ? [] : [link],
  )
}

function isOfAws(file: string): boolean {
  return /AwsSdkSigV4|@smithy/.test(readFileSync(file, 'utf8'))
}

/** A file and those that it imports at once, not those that it loads when they are needed. */
function loadedWith(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)"(\.{1,2}\/[^"]+)"/g))
    loadedWith(join(dirname(file), name), found)
  return found
}

function bytesBelow(dir: string): number {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

function major(node: string): number {
  return Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 99)
}
