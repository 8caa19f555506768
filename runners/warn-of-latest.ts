/** Says what `latest` holds after a run, if that is less than a person may think. */
import type { RunDocument } from '../core/documents.ts'
import type { Report } from '../core/run-events.ts'
import { oneOffs } from '../core/store.ts'
import type { RunResult } from './local.ts'

export function warnOfLatest(
  report: Report,
  { result, run }: { result: RunResult; run: Pick<RunDocument, 'mode'> },
): void {
  if (result.pipeline === oneOffs) return
  const text = noneText(result) ?? (run.mode === 'initial' ? partText(result) : null)
  if (text !== null) report({ type: 'message', level: 'warning', text })
}

/** A run that got no answer is completed, too: its failures are data, and `rerun --failed` begins from it. */
function noneText({ pipeline, version, stats }: RunResult): string | null {
  if (stats.failed === 0 || stats.steps.at(-1)?.answers !== 0) return null
  return `No item has an answer in the last step, and ${version} is latest all the same. \`itemwise rerun ${pipeline} --failed\` asks again; \`--base\` begins with an earlier version.`
}

/** A filter makes a version of a part. */
function partText({ stats: { items, skipped } }: RunResult): string | null {
  return skipped === 0
    ? null
    : `latest now holds ${items - skipped} of ${items}; use \`rerun\` to replace within the whole`
}
