/** `itemwise remove <pipeline> <version>`: deletes a version, or a one-off run, here or on AWS. */
import { RequestRefused } from '../core/errors.ts'
import { oneOffs, type Store, tombstonePath, type VersionRef, versionFolder } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { someOf } from '../core/text/nearest.ts'
import { removalName } from '../core/versions/refuse-removal.ts'
import { endRemoval } from '../core/versions/remove-version.ts'
import type { Tombstone } from '../core/versions/tombstone.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { findVersion, isOneOff } from '../workspace/find-version.ts'
import { removeFound } from '../workspace/remove-found.ts'
import { moneyText } from './number-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface RemoveOptions extends StoreFlags {
  json?: boolean
  force?: boolean
}

/** Removes a version that nothing needs, and says what is left. Throws RequestRefused, VersionBusy. */
export async function remove(words: [string, string?], options: RemoveOptions, terminal: Terminal): Promise<number> {
  const place = await openPlace(options, terminal)
  const store = await place.store()
  const [pipeline, word] = await named(store, words)
  const begun = { pipeline, version: word.replace(/^(?=\d+$)/, 'v') }
  const ended = await begunBefore(store, begun)
  if (ended !== undefined)
    return said(`The removal of ${removalName(begun)}, begun earlier, is now complete.`, ended, options, terminal)
  const found = await findVersion(store, pipeline, word)
  const { countsUnfinished } = place
  const left = await removeFound({ store, countsUnfinished }, found, options.force === true)
  return said(removedText(found.ref, left), left, options, terminal)
}

/** Pipeline and version, however they are written: `words v1`, `outputs/words/v1`, the id of a one-off run. Throws RequestRefused. */
async function named(store: Store, [first, second]: [string, string?]): Promise<[string, string]> {
  const [pipeline = '', inPath, ...more] = first
    .replace(/^outputs\//, '')
    .replace(/\/+$/, '')
    .split('/')
  const word = second ?? (more.length === 0 ? inPath : undefined)
  if (word !== undefined) return [pipeline, word]
  if (await isOneOff(store, pipeline)) return [oneOffs, pipeline]
  const known = await knownPipeline(store, first)
  throw new RequestRefused([
    `Which version of ${known}? Expected \`itemwise remove ${known} <version>\`. Versions: ${someOf(await store.versions(known), 20)}.`,
  ])
}

/** What is left of a version whose removal was killed when its record was gone; undefined otherwise. */
async function begunBefore(store: Store, ref: VersionRef): Promise<Tombstone | undefined> {
  if (!/^[A-Za-z0-9_-]+$/.test(ref.version) || (await store.size(tombstonePath(ref))) === undefined) return undefined
  if ((await store.version(ref)) !== undefined || (await store.list(versionFolder(ref))).length === 0) return undefined
  return endRemoval(store, ref)
}

function removedText(ref: VersionRef, { cost_usd }: Tombstone): string {
  const cost = cost_usd === null ? '' : ` Its answers had cost ${moneyText(cost_usd)}.`
  const number = ref.pipeline === oneOffs ? '' : ' Its number will not be used again.'
  return `${removalName(ref)} was removed.${cost}${number}`
}

function said(text: string, left: Tombstone, { json }: RemoveOptions, terminal: Terminal): number {
  terminal.out(json ? `${jsonText(left, 2)}\n` : `${text}\n`)
  return 0
}
