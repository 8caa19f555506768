/** Holds the table of who may import whom (docs/decisions/0002). */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Room {
  /** Our rooms it may import, besides itself. */
  ours: string[]
  /** What it may import from npm and from Node. */
  others: (name: string) => boolean
}

const pure = [
  'zod',
  'ajv',
  'ajv-formats',
  'diff',
  'fastest-levenshtein',
  're2js',
  'jsonc-parser',
  'yaml',
  'node:crypto',
  'node:buffer',
]
const cloud = /^(@aws-sdk\/|aws-cdk-lib|@aws-lambda-powertools\/)/

const rooms: Record<string, Room> = {
  core: { ours: [], others: (name) => pure.includes(packageOf(name)) },
  models: { ours: ['core'], others: (name) => !cloud.test(name) && !name.startsWith('node:fs') },
  stores: { ours: ['core'], others: (name) => !name.startsWith('@anthropic-ai/') },
  runners: { ours: ['core', 'models', 'stores'], others: (name) => !name.startsWith('node:fs') },
  api: { ours: ['core'], others: (name) => /^(hono(\/|$)|zod$)/.test(name) },
  lambdas: {
    ours: ['core', 'api', 'models', 'stores'],
    others: (name) => /^(@aws-sdk\/|@aws-lambda-powertools\/|aws-lambda$|hono\/aws-lambda$|zod$|node:)/.test(name),
  },
  infra: {
    ours: ['core'],
    others: (name) => /^(aws-cdk-lib|constructs$|cdk-nag$|zod$|node:)/.test(name),
  },
  cli: {
    ours: ['core', 'api', 'models', 'stores', 'runners'],
    others: (name) => !name.startsWith('@anthropic-ai/'),
  },
}

function packageOf(name: string): string {
  if (name.startsWith('node:')) return name
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

interface Import {
  file: string
  name: string
}

function filesIn(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
}

function importsOf(room: string): Import[] {
  return filesIn(room).flatMap((name) => {
    const file = join(room, name)
    const text = readFileSync(join(root, file), 'utf8')
    const found = text.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)
    return [...found].map((match) => ({ file, name: match[1] ?? match[2] ?? match[3] ?? '' }))
  })
}

/** Whether a file writes to the terminal by itself, comments aside. */
function writesItself(text: string): boolean {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return /\bprocess\.std(out|err)\b|\bconsole\.|\bstd(out|err)\.write\b/.test(code)
}

/** The sentence about an import that the table forbids, or nothing. */
function complaint(room: string, { file, name }: Import): string | undefined {
  const { ours, others } = rooms[room]!
  if (!name.startsWith('.'))
    return others(name) ? undefined : `${file} imports '${name}', which ${room}/ may not import`
  const target = relative(root, join(root, dirname(file), name)).split('/')[0]!
  if (target === room || ours.includes(target)) return undefined
  return `${file} imports '${name}', but ${room}/ may import only ${ours.join(', ') || 'itself'}`
}

describe.each(Object.keys(rooms))('%s', (room) => {
  test('imports only what its room may', () => {
    const imports = importsOf(room)
    expect(imports.length).toBeGreaterThan(10)
    expect(imports.flatMap((found) => complaint(room, found) ?? [])).toEqual([])
  })
})

test('core reads no clock, no environment and no randomness of its own', () => {
  const names = readdirSync(join(root, 'core'), { encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const found = names.filter((file) =>
    /process\.env|Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(join(root, 'core', file), 'utf8')),
  )
  expect(found).toEqual([])
})

test('what is printed goes through the one door, cli/terminal.ts', () => {
  const files = ['index.ts', ...Object.keys(rooms).flatMap((room) => filesIn(room).map((name) => join(room, name)))]
  const found = files.filter((file) => writesItself(readFileSync(join(root, file), 'utf8')))
  expect(found.filter((file) => file !== 'cli/terminal.ts')).toEqual([])
  expect(
    ["process.stdout.write('a')", 'console.error(1)', 'stderr.write(a)', '// console.log'].map(writesItself),
  ).toEqual([...[true, true, true], false])
})

test('no file is called by a name that answers no question', () => {
  const names = Object.keys(rooms).flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }),
  )
  expect(names.filter((name) => /(^|\/)(utils?|helpers?|common|shared|misc|types)\b/.test(name))).toEqual([])
})

test('a forbidden import is found', () => {
  expect(complaint('core', { file: 'core/plan.ts', name: '@aws-sdk/client-s3' })).toBe(
    "core/plan.ts imports '@aws-sdk/client-s3', which core/ may not import",
  )
  expect(complaint('core', { file: 'core/plan.ts', name: '../stores/folder.ts' })).toBe(
    "core/plan.ts imports '../stores/folder.ts', but core/ may import only itself",
  )
})
