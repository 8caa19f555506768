/** The parts of docs/architecture.md that are made from the code: the tree of the rooms, and the pictures of who imports whom. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { importsOf, roomOf, sourceFiles } from './imports.ts'
import { rooms } from './rooms.ts'

const root = resolve(import.meta.dirname, '..')
const page = join(root, 'docs/architecture.md')
const roomNames = Object.keys(rooms)

/** Folders that hold no room of the import table. */
const otherFolders: Readonly<Record<string, string>> = {
  prompts: "The example's templates, which `itemwise init` copies.",
  inputs: "The example's inputs.",
  pipelines: "The example's pipelines, and the JSON Schema of a run request for editors.",
  test: 'Mirrors the rooms; stories/ and campaigns/ start the command, aws/ and *.aws.test.ts need LocalStack.',
  bench: 'Measures what docs/performance.md claims.',
  tools: 'Builds the package, makes the docs, sets LocalStack up, runs the tests.',
  examples: 'Programs that use the library.',
  docs: 'The guide, the reference, the pages on AWS, and the decisions.',
}

/** Every room may import these, so arrows to them would say nothing. */
const importedByAll = ['core', 'core/text']

/** The page as it is, and with the parts that are made from the code as it is. */
export function architecturePage(): { before: string; after: string } {
  const before = readFileSync(page, 'utf8')
  const parts: Record<string, string> = { tree: tree(), rooms: roomPicture(), core: corePicture() }
  const after = before.replaceAll(
    /(<!-- made by npm run docs: (\w+) -->\n)[\s\S]*?(?=<!-- end -->)/g,
    (_all, start: string, name: string) => `${start}${parts[name]}\n`,
  )
  return { before, after }
}

export function writeArchitecturePage(): void {
  const { before, after } = architecturePage()
  if (after !== before) writeFileSync(page, after)
}

/** A line a folder with its sentence, the folders inside it below it. */
function tree(): string {
  const purposes = { ...Object.fromEntries(roomNames.map((room) => [room, rooms[room]!.purpose])), ...otherFolders }
  const tops = [...new Set(Object.keys(purposes).map((folder) => folder.split('/')[0]!))]
  const lines = tops.flatMap((top) => [
    [`${top}/`, purposes[top] ?? ''],
    ...Object.keys(purposes)
      .filter((folder) => folder.startsWith(`${top}/`))
      .map((folder) => [`  ${folder.slice(top.length + 1)}/`, purposes[folder] ?? '']),
  ])
  const width = Math.max(...lines.map(([name = '']) => name.length)) + 2
  return `\`\`\`text\n${lines.map(([name = '', purpose]) => `${name.padEnd(width)}${purpose}`.trimEnd()).join('\n')}\n\`\`\``
}

/** The rooms, core as one of them. */
function roomPicture(): string {
  return flowchart((room) => (room.startsWith('core') ? 'core' : room))
}

/** The rooms inside core. */
function corePicture(): string {
  return flowchart((room) => (room.startsWith('core/') && !importedByAll.includes(room) ? room : null))
}

/** A Mermaid flowchart; an arrow says how many imports there are. `nodeOf` names the node of a room, or null if it has none. */
function flowchart(nodeOf: (room: string) => string | null): string {
  const counts = new Map<string, number>()
  for (const { from, to } of roomImports()) {
    const [a, b] = [nodeOf(from), nodeOf(to)]
    if (a === null || b === null || a === b) continue
    counts.set(`${a} ${b}`, (counts.get(`${a} ${b}`) ?? 0) + 1)
  }
  const nodes = [...new Set(roomNames.flatMap((room) => nodeOf(room) ?? []))]
  const arrows = [...counts].sort().map(([pair, count]) => {
    const [from = '', to = ''] = pair.split(' ')
    return `  ${idOf(from)} -->|${count}| ${idOf(to)}`
  })
  const named = nodes.map((node) => `  ${idOf(node)}["${node}/"]`)
  return `\`\`\`mermaid\nflowchart TB\n${[...named, ...arrows].join('\n')}\n\`\`\``
}

/** Mermaid takes no slash in an id. */
function idOf(room: string): string {
  return room.replaceAll(/\W/g, '_')
}

function roomImports(): { from: string; to: string }[] {
  const folders = [...new Set(roomNames.map((room) => room.split('/')[0]!))]
  return folders
    .flatMap((folder) => sourceFiles(root, folder))
    .flatMap((file) => importsOf(root, file))
    .flatMap(({ file, target }) => {
      const [from, to] = [roomOf(file, roomNames), roomOf(target ?? '', roomNames)]
      return from === undefined || to === undefined ? [] : [{ from, to }]
    })
}
