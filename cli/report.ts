/** `itemwise report <pipeline> [version]`: a version as one HTML file, to mail or to keep. */
import { resolve } from 'node:path'
import type { Metadata } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { oneOffs, type Store, type VersionRef } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { editSentence } from '../core/versions/hand-edited-file.ts'
import { handEdits } from '../core/versions/hand-edits.ts'
import { writeOutputFile } from '../stores/output-file.ts'
import { findVersion } from '../workspace/find-version.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { chooseItems } from './report/choose-items.ts'
import { reportChunks } from './report/report-chunks.ts'
import { reportSteps } from './report/report-steps.ts'
import type { Terminal } from './terminal.ts'

interface ReportFlags extends StoreFlags {
  json?: boolean
  against?: string
  items?: number
  output?: string
}

const usualItems = 1000
/** Versions in a plot. */
const mostVersions = 40

/** Writes it to a file, or prints it. Throws RequestRefused for an unknown version, RunFailed for damaged documents. */
export async function report([name, word]: [string, string?], flags: ReportFlags, terminal: Terminal): Promise<number> {
  useFrugalHeap()
  if (flags.json && flags.output === undefined)
    throw new RequestRefused([
      '--json says what was written, but no file is named. Add --output report.html, or leave --json out.',
    ])
  const store = await (await openPlace(flags, terminal)).store()
  const { ref, state } = await findVersion(store, name, word)
  const { metadata } = state
  const against = flags.against === undefined ? null : await otherVersion(store, ref, flags.against)
  const steps = await reportSteps(store, { ref, metadata }, against)
  const chosen = chooseItems(steps, flags.items ?? usualItems)
  const warnings = (await handEdits(store, ref)).map(editSentence)
  const versions = await versionsBefore(store, ref, metadata)
  const isLatest = ref.pipeline !== oneOffs && (await store.latest(ref.pipeline)) === ref.version
  const { pipeline } = ref
  const chunks = reportChunks(store, {
    ...{ pipeline, metadata, isLatest, steps, versions, chosen, warnings },
    against: against?.version ?? null,
  })
  if (flags.output === undefined) {
    for await (const chunk of chunks) terminal.data(chunk)
    return 0
  }
  await writeOutputFile(resolve(terminal.cwd, flags.output), chunks)
  const { total, shown } = { total: chosen.total, shown: chosen.shown.length }
  const what = `${pipeline} ${ref.version}`
  if (flags.json)
    terminal.out(`${jsonText({ pipeline, version: ref.version, output: flags.output, items: total, shown }, 2)}\n`)
  else
    terminal.note(
      `${what} is in ${flags.output}, ${total === shown ? 'with all of its items' : `with ${shown} of its ${total} items`}.\n`,
    )
  return 0
}

async function otherVersion(store: Store, ref: VersionRef, word: string): Promise<VersionRef> {
  const other = await findVersion(store, ref.pipeline, word)
  if (other.ref.version !== ref.version) return other.ref
  throw new RequestRefused([`--against names ${ref.version}, which is the version of the report. Name another one.`])
}

/** Completed ones, and the version itself, whatever it is. */
async function versionsBefore(store: Store, ref: VersionRef, metadata: Metadata): Promise<Metadata[]> {
  if (ref.pipeline === oneOffs) return [metadata]
  const found: Metadata[] = []
  for await (const record of store.records(ref.pipeline, () => {}))
    if (record.version === ref.version || record.metadata.status === 'completed') found.push(record.metadata)
  return found.slice(-mostVersions)
}
