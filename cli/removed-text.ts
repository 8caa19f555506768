/** Mentions the versions of a pipeline that were removed. */
import type { Tombstone } from '../core/versions/tombstone.ts'
import { moneyText } from './number-text.ts'

/** `v3 (cost $0.0120), v5`: a cost that is not known is left out. */
export function removedList(removed: readonly Tombstone[]): string {
  return removed
    .map(({ version, cost_usd }) => `${version}${cost_usd === null ? '' : ` (cost ${moneyText(cost_usd)})`}`)
    .join(', ')
}
