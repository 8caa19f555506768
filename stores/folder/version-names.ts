/** Which pipelines and versions there are, by the names of their folders alone. */
import { join } from 'node:path'
import { entries } from './reading.ts'

/** The number of a version name, or undefined for any other name. */
export function versionNumber(name: string): number | undefined {
  return /^v\d+$/.test(name) ? Number(name.slice(1)) : undefined
}

/** Version names below a pipeline's folder, oldest first. */
export async function versionNames(folder: string): Promise<string[]> {
  const found = (await entries(folder)).filter(
    (entry) => entry.isDirectory() && versionNumber(entry.name) !== undefined,
  )
  return found.map(({ name }) => name).sort((a, b) => versionNumber(a)! - versionNumber(b)!)
}

/** The number that a next version may take. A file of such a name, which is no version, takes its number too; so does a version that was removed. */
export async function nextNumber(folder: string): Promise<number> {
  const there = (await entries(folder)).map(({ name }) => name)
  // Afterwards: a version that vanishes has left its tombstone before.
  const removed = (await entries(join(folder, 'removed'))).map(({ name }) => name.replace(/\.json$/, ''))
  const names = [...there, ...removed]
  const numbers = names.map((name) => versionNumber(name) ?? -1)
  return numbers.reduce((highest, number) => Math.max(highest, number), -1) + 1
}

/** Names of the folders below outputs/ that hold a version, sorted. */
export async function pipelineNames(outputs: string): Promise<string[]> {
  const candidates = (await entries(outputs)).map(({ name }) => name).filter((name) => !/^[_.]/.test(name))
  const counted = await Promise.all(
    candidates.map(async (name) => ({ name, count: (await versionNames(join(outputs, name))).length })),
  )
  return counted
    .filter(({ count }) => count > 0)
    .map(({ name }) => name)
    .sort()
}
