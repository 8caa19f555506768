/** Which file imports which, and so which room imports which: for the test of the house and for docs/architecture.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

/** An import as it stands in a file. Paths are relative to the repository, with forward slashes. */
export interface Import {
  file: string
  /** As written: `./ids.ts`, `zod`. */
  name: string
  /** The file that is meant; null for a package. */
  target: string | null
}

const importPattern =
  /^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)|new URL\('([^']+\.ts)', import\.meta\.url\)/gm

/** The TypeScript files below a folder, however deep, sorted; those with JSX, too. */
export function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .sort()
}

/** Every import of a file, those of types included: they tie rooms together as well. */
export function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(importPattern)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? match[4] ?? ''
    return { file, name, target: name.startsWith('.') ? posix.join(dirname(file), name) : null }
  })
}

/** The room of a file: the longest of `rooms` that it stands in, or undefined. */
export function roomOf(file: string, rooms: readonly string[]): string | undefined {
  const holding = rooms.filter((room) => file.startsWith(`${room}/`))
  return holding.sort((a, b) => b.length - a.length)[0]
}

/** What each name leads to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** Makes a graph of pairs; a pair that leads to itself is left out. */
export function graphOf(pairs: Iterable<readonly [string, string]>): Graph {
  const graph = new Map<string, Set<string>>()
  for (const [from, to] of pairs) {
    const found = graph.get(from) ?? new Set()
    graph.set(from, found)
    if (from !== to) found.add(to)
  }
  return graph
}

/** The groups of names that lead to each other in a circle, each sorted; none where there is no cycle. (Tarjan 1972) */
export function cyclesIn(graph: Graph): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const cycles: string[][] = []
  const visit = (name: string) => {
    order.set(name, order.size)
    lowest.set(name, order.get(name)!)
    open.push(name)
    for (const next of graph.get(name) ?? []) {
      if (!order.has(next)) visit(next)
      if (open.includes(next)) lowest.set(name, Math.min(lowest.get(name)!, lowest.get(next)!))
    }
    if (lowest.get(name) !== order.get(name)) return
    const group = open.splice(open.indexOf(name))
    if (group.length > 1) cycles.push(group.sort())
  }
  for (const name of graph.keys()) if (!order.has(name)) visit(name)
  return cycles
}
