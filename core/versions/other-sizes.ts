/** Finds collated files whose size differs from the recorded one: a check for edits that reads no file. */

import type { Metadata } from '../documents.ts'
import { type Store, stepNumber, type VersionRef, versionFolder } from '../store.ts'
import { isAside } from './set-aside.ts'

/** Their paths. Nothing of an unfinished version, and of one whose record is older than sizes. */
export async function otherSizes(store: Store, ref: VersionRef, { status, stats }: Metadata): Promise<string[]> {
  if (status !== 'completed' || !('steps' in stats)) return []
  const written = stats.steps.filter(({ output_bytes }) => output_bytes !== undefined)
  if (written.length === 0) return []
  const folder = `${versionFolder(ref)}/collated`
  const names = (await store.list(folder)).filter((name) => !isAside(name))
  const others = await Promise.all(
    written.map(async ({ step, output_bytes }) => {
      const name = names.find((one) => one.startsWith(`${stepNumber(step)}_`))
      if (name === undefined) return `${folder}/${stepNumber(step)}_…`
      return (await store.size(`${folder}/${name}`)) === output_bytes ? [] : `${folder}/${name}`
    }),
  )
  return others.flat()
}
