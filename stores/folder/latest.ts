/** The link `latest` of a pipeline: always the highest completed version, even if several runs publish at once. */
import { readlink, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { metadataFile, readMetadata } from './metadata-file.ts'
import type { Fault } from './options.ts'
import { renamePatiently } from './rename.ts'
import { unfinishedIn } from './unfinished.ts'
import { writing } from './unwritable.ts'
import { versionNames, versionNumber } from './version-names.ts'

/** The version that the link points at; undefined if there is no link or no such version. */
export async function latestVersion(folder: string): Promise<string | undefined> {
  const link = await readlink(join(folder, 'latest')).catch(() => undefined)
  if (link === undefined) return undefined
  const target = resolve(folder, link)
  if (dirname(target) !== folder || versionNumber(basename(target)) === undefined) return undefined
  const found = await stat(target).catch(() => undefined)
  return found?.isDirectory() ? basename(target) : undefined
}

/** Points the link at the highest completed version and returns it. Throws StoreUnwritable. */
export async function moveLatestLink(
  folder: string,
  path: string,
  fault: Fault | undefined,
): Promise<string | undefined> {
  for (;;) {
    const highest = await highestCompleted(folder, path)
    const current = await latestVersion(folder)
    if (highest === undefined || highest === current) return current
    await writing(`${path}/latest`, () => link(folder, highest, fault))
    // Looks again: a higher version may have been completed, and linked, between the look and the rename.
  }
}

async function highestCompleted(folder: string, path: string): Promise<string | undefined> {
  for (const version of (await versionNames(folder)).reverse()) {
    // A version with an unreadable record is not completed, and must not prevent another one from being published.
    const record = await readMetadata(metadataFile(join(folder, version), `${path}/${version}`)).catch(() => undefined)
    if (record?.status === 'completed') return version
  }
  return undefined
}

async function link(folder: string, version: string, fault: Fault | undefined): Promise<void> {
  const temporary = unfinishedIn(folder)
  try {
    await symlinkOrJunction(folder, version, temporary)
    const before = () => fault?.('latest:linked', temporary)
    await renamePatiently({ from: temporary, to: join(folder, 'latest'), before })
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

async function symlinkOrJunction(folder: string, version: string, path: string): Promise<void> {
  try {
    await symlink(version, path, 'dir')
  } catch (error) {
    if (process.platform !== 'win32' || (error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    // Windows lets an ordinary user make junctions only, and those are absolute.
    await symlink(join(folder, version), path, 'junction')
  }
}
