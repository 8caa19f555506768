/** `itemwise export <pipeline> [version]` */

import { resolve } from 'node:path'
import type { Store, VersionRef } from '../core/store.ts'
import { type Json, jsonText } from '../core/text/json.ts'
import { type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import type { ExportFormat } from '../formats/export/formats.ts'
import { writeOutputFile } from '../stores/output-file.ts'
import { elementsApproved, taken } from '../workspace/approved-elements.ts'
import { type Changed, exportedChunks } from '../workspace/export-items.ts'
import { chosenFormat, chosenStep, exportableEdits, separators } from '../workspace/export-step.ts'
import { findVersion } from '../workspace/find-version.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import type { ExportPart } from './commands/options.ts'
import { noteEdits } from './edits-text.ts'
import { withReviews } from './export-review.ts'
import { elementsTaken } from './export-where.ts'
import { flattened, joinedWith } from './export-with.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface ExportOptions extends StoreFlags {
  json?: boolean
  step?: string
  where?: string
  approved?: boolean
  review?: boolean
  format?: ExportFormat
  output?: string
  excel?: boolean
  separator?: keyof typeof separators
  raw?: boolean
  with?: ExportPart[]
}

/**
 * Writes the collated array of a step in the wanted format, to stdout or to a file. Holds one item at a time.
 * Throws RequestRefused if there is no such version, step or array.
 */
export async function exportCollated([name, version]: [string, string?], options: ExportOptions, terminal: Terminal) {
  useFrugalHeap()
  const store = await (await openPlace(options, terminal)).store()
  const { ref, state } = await findVersion(store, name, version)
  const step = await chosenStep(store, ref, options.step)
  const format = chosenFormat(options)
  noteEdits(ref, await exportableEdits(store, { ref, step, state }), terminal)
  const { excel = false, separator, raw = false } = options
  const change = await changeOf(store, { ref, step, format }, options, terminal)
  let prefixed = 0
  const writing = {
    excel,
    separator: separator && separators[separator],
    raw,
    onPrefixed: (count: number) => {
      prefixed = count
    },
  }
  const chunks = exportedChunks(store, step, { format, writing, change })
  if (options.output === undefined) {
    const decoder = new TextDecoder()
    for await (const chunk of chunks)
      terminal.data(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
    notePrefixed(prefixed, terminal)
    return 0
  }
  const path = resolve(terminal.cwd, options.output)
  await writeOutputFile(path, chunks)
  const { pipeline, version: of } = ref
  if (options.json)
    terminal.out(`${jsonText({ pipeline, version: of, step: step.step, format, output: options.output }, 2)}\n`)
  else terminal.note(`Step ${step.step} of ${pipeline} ${of} is in ${options.output}.\n`)
  notePrefixed(prefixed, terminal)
  return 0
}

/** What --where, --approved, --with and --review make of the elements; null: nothing. Throws RequestRefused. */
async function changeOf(
  store: Store,
  { ref, step, format }: { ref: VersionRef; step: VersionStep; format: ExportFormat },
  { where, approved, review, with: parts }: ExportOptions,
  terminal: Terminal,
): Promise<Changed | null> {
  if (where === undefined && !approved && !review && parts === undefined) return null
  const isTaken = where === undefined ? () => true : await elementsTaken(store, { ref, step, where }, terminal)
  const isApproved = approved ? await elementsApproved(store, { ref, step }) : () => true
  const takes = (element: Json) => isTaken(element) && isApproved(element)
  const rows = review ? await withReviews(store, { ref, step, format }) : null
  const joined = parts === undefined ? null : await withParts(store, { ref, step, format, parts }, terminal)
  // A single call has one answer.
  if (!step.batch_mode && rows === null && joined === null) return null
  return (elements) => {
    const chosen = taken(elements, takes)
    const read = rows === null ? chosen : rows(chosen)
    return joined === null ? read : joined(read)
  }
}

/** What --with joins. Throws RequestRefused. */
async function withParts(
  store: Store,
  { ref, step, format, parts }: { ref: VersionRef; step: VersionStep; format: ExportFormat; parts: ExportPart[] },
  terminal: Terminal,
): Promise<Changed> {
  const joining = { ref, step, steps: await versionSteps(store, ref), parts }
  const { warnings, join } = joinedWith(store, joining)
  for (const warning of await warnings()) terminal.note(`Warning: ${warning}\n`)
  return async function* (elements) {
    for await (const element of join(elements)) yield format === 'parquet' ? flattened(joining, element) : element
  }
}

function notePrefixed(count: number, terminal: Terminal): void {
  if (count === 0) return
  const [texts, have, them] = count === 1 ? ['text that begins', 'has', 'it'] : ['texts that begin', 'have', 'them']
  terminal.note(
    `${count} ${texts} like a formula ${have} an apostrophe before ${them}; itemwise_prefixed counts them row by row, and Itemwise takes them away when it reads the file. --raw leaves them out.\n`,
  )
}
