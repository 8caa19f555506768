/** `itemwise remove <pipeline> <version>`: deletes a version, here or on AWS. */
import { oneOffs, type Store, tombstonePath, versionFolder } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { endRemoval, removeVersion } from '../core/versions/remove-version.ts'
import type { Tombstone } from '../core/versions/tombstone.ts'
import { currentOf } from './current-version.ts'
import { type FoundVersion, findVersion } from './find-version.ts'
import { moneyText } from './number-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface RemoveOptions extends StoreFlags {
  json?: boolean
  force?: boolean
}

/** Removes a version that nothing needs, and says what is left. Throws RequestRefused, VersionBusy. */
export async function remove(
  [pipeline, word]: [string, string],
  options: RemoveOptions,
  terminal: Terminal,
): Promise<number> {
  const place = await openPlace(options, terminal)
  const store = await place.store()
  const ended = await begunBefore(store, pipeline, word)
  if (ended !== undefined)
    return said(`The removal of ${pipeline} ${ended.version} is ended.`, ended, options, terminal)
  const found = await findVersion(store, pipeline, word)
  const { ref, state } = found
  const { metadata } = await currentOf({ store, countable: place.countsUnfinished }, ref, state)
  const removing = { state, metadata, force: options.force === true, now: Date.now() }
  const left = await removeVersion(store, ref, removing)
  return said(removedText(found, left), left, options, terminal)
}

/** What is left of a version whose removal was killed when its record was gone; undefined otherwise. */
async function begunBefore(store: Store, pipeline: string, word: string): Promise<Tombstone | undefined> {
  const ref = {
    pipeline: pipeline.replace(/^outputs\//, '').replace(/\/+$/, ''),
    version: word.replace(/^(?=\d)/, 'v'),
  }
  if (!/^v\d+$/.test(ref.version) || (await store.size(tombstonePath(ref))) === undefined) return undefined
  if ((await store.version(ref)) !== undefined || (await store.list(versionFolder(ref))).length === 0) return undefined
  return endRemoval(store, ref)
}

function removedText({ ref: { pipeline, version } }: FoundVersion, { cost_usd }: Tombstone): string {
  const cost = cost_usd === null ? '' : ` Its answers cost ${moneyText(cost_usd)}.`
  const number = pipeline === oneOffs ? '' : ' Its number is not given again.'
  return `${pipeline} ${version} is removed.${cost}${number}`
}

function said(text: string, left: Tombstone, { json }: RemoveOptions, terminal: Terminal): number {
  terminal.out(json ? `${jsonText(left, 2)}\n` : `${text}\n`)
  return 0
}
