/** Brings files of the workspace up to the bucket, those that changed. */
import pLimit from 'p-limit'
import type { Store } from '../../../core/store.ts'
import { Bucket } from '../../../stores/bucket.ts'
import type { Stack } from './open-stack.ts'
import type { Workspace } from './with-workspace.ts'

/** Files under way at once. */
const atOnce = 8

/** The paths that were sent, sorted: the others are there with the same content. Throws StoreUnwritable. */
export async function bringUp(
  { place }: Pick<Stack, 'place'>,
  local: Store,
  paths: Iterable<string>,
): Promise<string[]> {
  const bucket = new Bucket(place.bucket)
  const limit = pLimit(atOnce)
  const sent = [...paths].map((path) =>
    limit(async () => ((await bucket.bringUp({ path, read: () => local.read(path) })) ? path : null)),
  )
  return (await Promise.all(sent)).filter((path) => path !== null).sort()
}

/** Brings up what a check has read, and says so; and says what it took from the bucket because it is not here. */
export async function bringUpRead(
  stack: Stack,
  { local, sources }: Workspace,
  say: (text: string) => void,
): Promise<void> {
  if (local === null) return
  const sent = await bringUp(stack, local, sources.above)
  if (sent.length > 0) say(`Brought up: ${sent.join(', ')}`)
  const below = [...sources.below].sort()
  if (below.length > 0) say(`Not in the workspace here, so taken from the bucket: ${below.join(', ')}`)
}
