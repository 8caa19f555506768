/** Mentions the versions of a pipeline that were removed. */
import type { Tombstone } from '../core/versions/tombstone.ts'
import { moneyText } from './number-text.ts'

/** A line; nothing if none was removed. */
export function removedText(pipeline: string, removed: readonly Tombstone[]): string {
  if (removed.length === 0) return ''
  const versions = removed.map(
    ({ version, cost_usd }) => `${version}${cost_usd === null ? '' : ` (${moneyText(cost_usd)})`}`,
  )
  return `Removed of ${pipeline}: ${versions.join(', ')}.\n`
}
