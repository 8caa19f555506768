/** What `prune` leaves in the place of a version's prompts, so that nobody takes them for lost. */
import { type Store, type VersionRef, versionFolder } from '../store.ts'

const name = 'pruned.txt'

/** Removes the prompts of a version. `now`: epoch milliseconds. Throws StoreUnwritable. */
export async function prunePrompts(store: Store, ref: VersionRef, now: number): Promise<void> {
  const folder = promptsOf(ref)
  await store.removeBelow(folder)
  const day = new Date(now).toISOString().slice(0, 10)
  await store.write(`${folder}/${name}`, `The prompts of this version were removed by \`itemwise prune\` on ${day}.\n`)
}

export async function havePromptsGone(store: Store, ref: VersionRef): Promise<boolean> {
  return (await store.size(`${promptsOf(ref)}/${name}`)) !== undefined
}

/** Whether a path below prompts/ is what was left. */
export function isPrunedMark(path: string): boolean {
  return path.endsWith(`/prompts/${name}`)
}

function promptsOf(ref: VersionRef): string {
  return `${versionFolder(ref)}/prompts`
}
