/** Sends files to the bucket if they changed. */
import pLimit from 'p-limit'
import type { Store } from '../../core/store.ts'
import type { Stack } from './open-stack.ts'
import type { WithFiles } from './with-files.ts'

/** The most files in transit at a time. */
const atOnce = 8

/** Sends them and returns the paths that were sent, sorted. The others are there with the same content. Throws StoreUnwritable. */
export async function sendFiles(
  { bucket }: Pick<Stack, 'bucket'>,
  local: Store,
  paths: Iterable<string>,
): Promise<string[]> {
  const limit = pLimit(atOnce)
  const sent = [...paths].map((path) =>
    limit(async () => ((await bucket.bringUp({ path, read: () => local.read(path) })) ? path : null)),
  )
  return (await Promise.all(sent)).filter((path) => path !== null).sort()
}

/** The same for the files of a version, of which there may be millions: only those in transit are held. Throws StoreUnwritable. */
export async function sendAll(
  { bucket }: Pick<Stack, 'bucket'>,
  local: Store,
  paths: AsyncIterable<string>,
): Promise<void> {
  const sending = new Set<Promise<unknown>>()
  const problems: unknown[] = []
  for await (const path of paths) {
    const sent = bucket
      .bringUp({ path, read: () => local.read(path) })
      .catch((error) => void problems.push(error))
      .finally(() => sending.delete(sent))
    sending.add(sent)
    if (sending.size >= atOnce) await Promise.race(sending)
    if (problems.length > 0) break
  }
  await Promise.all(sending)
  if (problems.length > 0) throw problems[0]
}

/** Sends the files that a check has read, and says so. It also says which files were not here and came from the bucket. */
export async function sendRead(
  stack: Stack,
  { local, sources }: WithFiles,
  say: (text: string) => void,
): Promise<void> {
  if (local === null) return
  const sent = await sendFiles(stack, local, sources.above)
  if (sent.length > 0) say(`Sent: ${sent.join(', ')}`)
  const below = [...sources.below].sort()
  if (below.length > 0) say(`Not in this workspace, so taken from the bucket: ${below.join(', ')}`)
}
