/** The npm package in an empty folder, as a user gets it: packed, installed beside Node 24, run. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { libraryTypes } from '../tools/library-types.ts'
import { startAnthropicServer } from './anthropic-server.ts'
import { StartedCommand } from './cli/command.ts'
import { firstProgram } from './first-program.ts'
import { guidePrograms } from './guide-programs.ts'
import { installPacked, packInto } from './packed-package.ts'

const root = resolve(import.meta.dirname, '..')
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

let folder = ''
/** The path of the package. */
let packed = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'itemwise-package-'))
  packed = packInto(folder)
  installPacked(folder, packed, `node@${devDependencies.node}`)
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

function started(cwd: string, file: string, env: NodeJS.ProcessEnv): StartedCommand {
  return new StartedCommand(
    { folder: cwd, env: { PATH: process.env.PATH, ...env } },
    [],
    [join(folder, 'node_modules/.bin/node'), file],
  )
}

/** What tsc says of a program, as a user has it: strictly, and with the declarations of packages checked. */
function compiled(cwd: string, file: string, ...more: string[]): string {
  const typeRoots = join(root, 'node_modules/@types')
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2024']
  const words = [...options, '--types', 'node', '--typeRoots', typeRoots, '--ignoreConfig', ...more, file]
  return spawnSync(join(root, 'node_modules/.bin/tsc'), words, { cwd, encoding: 'utf8' }).stdout
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
      expect.arrayContaining([
        '@anthropic-ai/sdk',
        '@aws-sdk/nested-clients',
        'preact',
        'punycode.js',
        'standardwebhooks',
        'zod',
      ]),
    )
    expect(packages.filter(({ isWhole }) => !isWhole)).toEqual([])
    expect(existsSync(join(inside, 'cli/main.ts'))).toBe(false)
    expect(readdirSync(join(inside, 'dist/page'))).toContain('index.html')
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
    const page = bytesBelow(join(dist, 'page'))
    expect(page).toBeLessThan(1_000_000)
    expect(bytesBelow(dist) - page).toBeLessThan(4_000_000)
  })

  test('opens the page with at most 150 kB of scripts, packed', () => {
    const page = join(folder, 'node_modules/itemwise/dist/page')
    const html = readFileSync(join(page, 'index.html'), 'utf8')
    const [, first = ''] = /src="\/page\/([^"]+)"/.exec(html) ?? []
    const begin = readFileSync(join(page, first), 'utf8')
    const loaded = [first, ...[...begin.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, name = '']) => name)]
    const packed = loaded.map((name) => gzipSync(readFileSync(join(page, name))).length)
    expect(packed.length).toBeGreaterThan(1)
    // Not one after the other.
    for (const name of loaded.slice(1)) expect(html).toContain(`<link rel="modulepreload" href="/page/${name}">`)
    expect(packed.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000)
  })

  test('reads what was typed without loading any schema', () => {
    const dist = join(folder, 'node_modules/itemwise/dist')
    const [list = ''] = readdirSync(join(dist, 'chunks')).filter((name) => /^list-/.test(name))
    const hasSchemas = (file: string) => /_zod/.test(readFileSync(file, 'utf8'))
    expect([...loadedWith(join(dist, 'cli/main.js'))].filter(hasSchemas)).toEqual([])
    expect([...loadedWith(join(dist, 'chunks', list))].filter(hasSchemas)).not.toEqual([])
  })

  test('lists versions without loading what reads YAML or collates', () => {
    const dist = join(folder, 'node_modules/itemwise/dist')
    const begun = readdirSync(join(dist, 'chunks')).filter((name) => /^(list|laptop)-/.test(name))
    expect(begun.length).toBe(2)
    const loaded = begun.flatMap((name) => [...loadedWith(join(dist, 'chunks', name))])
    expect(loaded.filter((file) => /yaml\.alias|node:zlib/.test(readFileSync(file, 'utf8')))).toEqual([])
  })

  test('has the first program compile, and run offline and with the API, as it stands in an empty folder', async () => {
    const first = join(folder, 'first')
    mkdirSync(first)
    writeFileSync(join(first, 'program.ts'), firstProgram)
    expect(compiled(first, 'program.ts')).toBe('')
    // The type of an answer is that of its schema.
    writeFileSync(join(first, 'wrong.ts'), firstProgram.replace('answer.team)', "answer.team === 'sales')"))
    expect(compiled(first, 'wrong.ts')).toContain(`This comparison appears to be unintentional`)
    const server = await startAnthropicServer({})
    onTestFinished(() => server.close())
    const { key: ANTHROPIC_API_KEY, url: ANTHROPIC_BASE_URL } = server
    for (const env of [{ ITEMWISE_OFFLINE: '1' }, { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL }]) {
      const { code, out, err } = await started(first, 'program.ts', env).ended
      expect([code, err]).toEqual([0, ''])
      expect(out).toMatch(/^T-1 (billing|tech)\nT-2 (billing|tech)\n$/)
    }
    expect(server.requests.length).toBe(2)
    const unasked = await started(first, 'program.ts', {}).ended
    expect(unasked).toMatchObject({ code: 1, err: expect.stringContaining('There is no API key') })
    expect(npx('list', '--all', '--workspace', first).stdout).toContain('PIPELINE: tickets\nVersions: 2\n')
  })

  test('has the program of the guide compile without skipLibCheck, and run offline and with the API, in an empty folder', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    const [program = ''] = guidePrograms()
    writeFileSync(join(empty, 'program.ts'), program)
    writeFileSync(
      join(empty, 'offline.ts'),
      program.replace("openWorkspace('.')", "openWorkspace('.', { offline: true })"),
    )
    expect(compiled(empty, 'program.ts')).toBe('')
    const server = await startAnthropicServer({})
    onTestFinished(() => server.close())
    const { key: ANTHROPIC_API_KEY, url: ANTHROPIC_BASE_URL } = server
    const ran = await Promise.all([
      started(empty, 'offline.ts', {}).ended,
      started(empty, 'program.ts', { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL }).ended,
    ])
    for (const { code, out, err } of ran) {
      expect([code, err]).toEqual([0, ''])
      expect(out).toMatch(/^T-1 (billing|tech)\nT-2 (billing|tech)\n2 tickets, 0 failed\n$/)
    }
    expect(server.requests.length).toBe(2)
    expect(npx('list', '--all', '--workspace', empty).stdout).toContain('PIPELINE: tickets\nVersions: 2\n')
  })

  test('has types that say what the schemas say, and nothing in them that cannot be imported', async () => {
    const types = join(folder, 'types')
    mkdirSync(types)
    const same = ['ErrorRow', 'LedgerLine', 'Metadata', 'Spending', 'Stats', 'StepStats']
    const inSource = same.map((name) => `${name} as In${name}`).join(', ')
    writeFileSync(
      join(types, 'same.ts'),
      `import type { ${same.join(', ')}, WrittenRequest, WrittenStep, RerunFields } from 'itemwise'
import type { ${inSource} } from '${root}/core/documents.ts'
import type { WrittenRequest as InRequest, WrittenStep as InStep } from '${root}/core/request.ts'
import type { RerunFields as InRerun } from '${root}/core/request/rerun-input.ts'
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
export const all: true[] = [
  ${same.map((name) => `true satisfies Same<${name}, In${name}>`).join(',\n  ')},
  true satisfies Same<Omit<WrittenRequest, 'steps'>, Omit<InRequest, 'steps'>>,
  true satisfies Same<Omit<WrittenStep, 'output_schema'>, Omit<InStep, 'output_schema'>>,
  true satisfies Same<RerunFields, InRerun>,
]
`,
    )
    expect(compiled(types, 'same.ts', '--allowImportingTsExtensions', '--lib', 'es2024,esnext')).toBe('')
    const { report, problems } = await libraryTypes()
    expect(problems).toEqual([])
    expect(report, 'The public surface has changed. Look at the difference, and run `npm run docs`.').toBe(
      readFileSync(join(root, 'docs/library.api.md'), 'utf8'),
    )
  })

  test('has nothing for attw and publint to find', () => {
    const attw = spawnSync(join(root, 'node_modules/.bin/attw'), [packed, '--profile', 'esm-only', '--no-color'], {
      encoding: 'utf8',
    })
    expect(attw.status, attw.stdout).toBe(0)
    const publint = spawnSync(join(root, 'node_modules/.bin/publint'), [packed, '--strict'], { encoding: 'utf8' })
    expect([publint.status, publint.stdout]).toEqual([0, expect.stringContaining('All good!')])
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
