/** Holds the table of who may import whom (docs/decisions/0002). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cyclesIn, graphOf, type Import, importsOf, roomOf, sourceFiles } from '../tools/imports.ts'
import { mayImport, rooms } from '../tools/rooms.ts'

const root = join(import.meta.dirname, '..')

const roomNames = Object.keys(rooms)
const sources = [...new Set(roomNames.map((room) => room.split('/')[0]!))].flatMap((room) => sourceFiles(root, room))

/** The imports of the files that stand in a room itself, not in one inside it. */
function importsIn(room: string): Import[] {
  return sources.filter((file) => roomOf(file, roomNames) === room).flatMap((file) => importsOf(root, file))
}

/** Whether a file writes to the terminal by itself, comments aside. */
function writesItself(text: string): boolean {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return /\bprocess\.std(out|err)\b|\bconsole\.|\bstd(out|err)\.write\b/.test(code)
}

/** The sentence about an import that the table forbids, or nothing. */
function complaint(room: string, { file, name, target }: Import): string | undefined {
  if (target === null)
    return rooms[room]!.others(name) ? undefined : `${file} imports '${name}', which ${room}/ may not import`
  const to = roomOf(target, roomNames)
  if (to !== undefined && mayImport(room, to)) return undefined
  return `${file} imports '${name}', but ${room}/ may import only ${rooms[room]!.ours.join(', ') || 'itself'}`
}

describe.each(roomNames)('%s', (room) => {
  test('imports only what its room may', () => {
    const imports = importsIn(room)
    expect(imports.length).toBeGreaterThan(5)
    expect(imports.flatMap((found) => complaint(room, found) ?? [])).toEqual([])
  })
})

test('no files and no rooms import each other in a circle', () => {
  const pairs = sources
    .flatMap((file) => importsOf(root, file))
    .flatMap(({ file, target }): [string, string][] => (target === null ? [] : [[file, target]]))
  const between = pairs.map(([from, to]): [string, string] => [
    roomOf(from, roomNames) ?? from,
    roomOf(to, roomNames) ?? to,
  ])
  expect(cyclesIn(graphOf(pairs))).toEqual([])
  expect(cyclesIn(graphOf(between))).toEqual([])
})

test('a circle is found', () => {
  const graph = graphOf([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
    ['c', 'd'],
    ['d', 'd'],
    ['e', 'f'],
    ['f', 'e'],
  ])
  expect(cyclesIn(graph)).toEqual([
    ['a', 'b', 'c'],
    ['e', 'f'],
  ])
})

test('core reads no clock, no environment and no randomness of its own', () => {
  const found = sourceFiles(root, 'core').filter((file) =>
    /process\.env|Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(found).toEqual([])
})

test('what is printed goes through the one door, cli/terminal.ts', () => {
  const found = ['index.ts', ...sources].filter((file) => writesItself(readFileSync(join(root, file), 'utf8')))
  expect(found.filter((file) => file !== 'cli/terminal.ts')).toEqual([])
  expect(
    ["process.stdout.write('a')", 'console.error(1)', 'stderr.write(a)', '// console.log'].map(writesItself),
  ).toEqual([...[true, true, true], false])
})

test('no file is called by a name that answers no question', () => {
  expect(sources.filter((name) => /(^|\/)(utils?|helpers?|common|shared|misc|types)\b/.test(name))).toEqual([])
})

test('cli/ knows stores by their front doors, and places by the table in cli/places/open-place.ts', () => {
  const files = sourceFiles(root, 'cli')
  const inside = /^stores\/(folder|s3-dynamodb)\//
  const reaching = files.flatMap((file) => importsOf(root, file)).filter(({ target }) => inside.test(target ?? ''))
  expect(reaching).toEqual([])
  const branching = files.filter((file) => /[!=]== '(local|aws)'/.test(readFileSync(join(root, file), 'utf8')))
  expect(branching).toEqual([])
  const places = files.filter((file) => file.startsWith('cli/places/'))
  const toPlaces = files
    .filter((file) => !places.includes(file))
    .flatMap((file) => importsOf(root, file))
    .filter(({ target }) => /^cli\/places\/.+\//.test(target ?? ''))
  expect(toPlaces.map(({ file, target }) => `${file} ${target}`)).toEqual([
    'cli/serve/run-indexed.ts cli/places/laptop/start-run.ts',
  ])
})

test('a command declares itself in one file of cli/commands/, and loads its code when it is called', () => {
  const declared = sourceFiles(root, 'cli/commands').filter((file) => !/\/(command|options)\.ts$/.test(file))
  const main = importsOf(root, 'cli/main.ts').map(({ target }) => target)
  expect(declared.filter((file) => !main.includes(file))).toEqual([])
  for (const file of declared) {
    const ours = importsOf(root, file).filter(({ target }) => target !== null && !target.startsWith('cli/commands/'))
    const handler = file.replace('cli/commands/', 'cli/')
    expect(ours.map(({ target }) => target)).toEqual([handler])
    expect(readFileSync(join(root, file), 'utf8')).toContain(`await import('../${handler.slice('cli/'.length)}')`)
  }
})

test('a forbidden import is found', () => {
  const file = 'core/stages/plan.ts'
  expect(complaint('core/stages', { file, name: '@aws-sdk/client-s3', target: null })).toBe(
    "core/stages/plan.ts imports '@aws-sdk/client-s3', which core/stages/ may not import",
  )
  expect(
    complaint('core/text', { file: 'core/text/json.ts', name: '../items/ids.ts', target: 'core/items/ids.ts' }),
  ).toBe("core/text/json.ts imports '../items/ids.ts', but core/text/ may import only core contract")
  expect(complaint('core/stages', { file, name: '../../stores/folder.ts', target: 'stores/folder.ts' })).toMatch(
    'but core/stages/ may import only core contract, core/answers',
  )
})
