/** Removes a version's folder: it vanishes whole, under a hidden name, and is deleted then. */
import { existsSync } from 'node:fs'
import { readlink, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { moveLatestLink } from './latest.ts'
import type { Fault } from './options.ts'
import { renamePatiently } from './rename.ts'
import { unfinishedIn } from './unfinished.ts'
import { writing } from './unwritable.ts'

/** `folder` and `path`: of the version, on disk and in the workspace. Nothing if it is gone already. Throws StoreUnwritable. */
export async function removeVersionFolder(folder: string, path: string, fault: Fault | undefined): Promise<void> {
  const pipeline = dirname(folder)
  const hidden = unfinishedIn(pipeline)
  await writing(path, async () => {
    if (existsSync(folder)) await renamePatiently({ from: folder, to: hidden })
    await moveLatestBack(pipeline, { from: basename(folder), path: dirname(path), fault })
    await rm(hidden, { recursive: true, force: true })
  })
}

async function moveLatestBack(
  pipeline: string,
  { from, path, fault }: { from: string; path: string; fault: Fault | undefined },
): Promise<void> {
  const link = join(pipeline, 'latest')
  const target = await readlink(link).catch(() => undefined)
  if (target === undefined || basename(target) !== from) return
  if ((await moveLatestLink(pipeline, path, fault)) === undefined) await rm(link, { force: true })
}
