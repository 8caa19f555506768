/** `itemwise export <pipeline> [version]` */

import { resolve } from 'node:path'
import { RequestRefused } from '../core/errors.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { type Json, jsonText } from '../core/text/json.ts'
import { namedStep } from '../core/versions/find-step.ts'
import { editSentence } from '../core/versions/hand-edited-file.ts'
import { stepEdits } from '../core/versions/step-edits.ts'
import { placeOf, type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import { type ExportFormat, exportFormats } from '../formats/export/formats.ts'
import { isBinary } from '../formats/export/write.ts'
import { writeOutputFile } from '../stores/output-file.ts'
import type { ExportPart } from './commands/options.ts'
import { noteEdits } from './edits-text.ts'
import { elementsApproved } from './export-approved.ts'
import { type Changed, exportedChunks } from './export-items.ts'
import { elementsTaken } from './export-where.ts'
import { flattened, joinedWith } from './export-with.ts'
import { type FoundVersion, findVersion } from './find-version.ts'
import { useFrugalHeap } from './frugal-heap.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface ExportOptions extends StoreFlags {
  json?: boolean
  step?: string
  where?: string
  approved?: boolean
  format?: ExportFormat
  output?: string
  excel?: boolean
  separator?: keyof typeof separators
  raw?: boolean
  with?: ExportPart[]
}

const separators = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const

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
  await checkEdits(store, { ref, step, state }, terminal)
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
  const { pipeline, version: exported } = ref
  if (options.json)
    terminal.out(`${jsonText({ pipeline, version: exported, step: step.step, format, output: options.output }, 2)}\n`)
  else terminal.note(`Step ${step.step} of ${pipeline} ${exported} is in ${options.output}.\n`)
  notePrefixed(prefixed, terminal)
  return 0
}

/** What --where, --approved and --with make of the elements; null: nothing. Throws RequestRefused. */
async function changeOf(
  store: Store,
  { ref, step, format }: { ref: VersionRef; step: VersionStep; format: ExportFormat },
  { where, approved, with: parts }: ExportOptions,
  terminal: Terminal,
): Promise<Changed | null> {
  if (where === undefined && !approved && parts === undefined) return null
  const isTaken = where === undefined ? () => true : await elementsTaken(store, { ref, step, where }, terminal)
  const isApproved = approved ? await elementsApproved(store, { ref, step }) : () => true
  const takes = (element: Json) => isTaken(element) && isApproved(element)
  // A single call has one answer.
  if (parts === undefined) return step.batch_mode ? (elements) => only(elements, takes) : null
  const joining = { ref, step, steps: await versionSteps(store, ref), parts }
  const { warnings, join } = joinedWith(store, joining)
  for (const warning of await warnings()) terminal.note(`Warning: ${warning}\n`)
  return async function* (elements) {
    for await (const element of join(only(elements, takes)))
      yield format === 'parquet' ? flattened(joining, element) : element
  }
}

async function* only(elements: AsyncIterable<Json>, takes: (element: Json) => boolean): AsyncGenerator<Json> {
  for await (const element of elements) if (takes(element)) yield element
}

function notePrefixed(count: number, terminal: Terminal): void {
  if (count === 0) return
  const [texts, have, them] = count === 1 ? ['text that begins', 'has', 'it'] : ['texts that begin', 'have', 'them']
  terminal.note(
    `${count} ${texts} like a formula ${have} an apostrophe before ${them}; itemwise_prefixed counts them row by row, and Itemwise takes them away when it reads the file. --raw leaves them out.\n`,
  )
}

async function chosenStep(store: Store, ref: VersionRef, word?: string): Promise<VersionStep> {
  const steps = await versionSteps(store, ref)
  const step = word === undefined ? steps.at(-1) : namedStep(steps, word, `${ref.pipeline} ${ref.version}`)
  if (step === undefined) throw new RequestRefused([`${ref.pipeline} ${ref.version} has no step to export.`])
  if ((await store.size(step.collated)) !== undefined) return step
  throw new RequestRefused([
    `Step ${step.step} of ${ref.pipeline} ${ref.version} has no collated output yet (${step.collated}). Finish the version with \`itemwise resume\`, or name an earlier step with --step.`,
  ])
}

/** An edited array is exported as it stands, with a warning. A file that is no longer an array is not exported. */
async function checkEdits(
  store: Store,
  { ref, step, state }: FoundVersion & { step: VersionStep },
  terminal: Terminal,
): Promise<void> {
  const edits = await stepEdits(store, placeOf(ref, step), state.metadata)
  const broken = edits.filter((edit) => edit.broken && edit.path === step.collated)
  if (broken.length > 0)
    throw new RequestRefused(
      broken.map(
        (edit) =>
          `${editSentence(edit)} It cannot be exported. \`itemwise doctor ${ref.pipeline} --fix\` keeps it and rebuilds the array.`,
      ),
    )
  noteEdits(ref, edits, terminal)
}

/** Without --format: what the file's ending says, else the form a script wants with --json, else CSV. Throws RequestRefused. */
function chosenFormat(options: ExportOptions): ExportFormat {
  const { output, json, excel, separator } = options
  const ending = output?.slice(output.lastIndexOf('.') + 1).toLowerCase()
  const byEnding = exportFormats.find((known) => known === ending)
  const format = options.format ?? byEnding ?? (json && output === undefined ? 'json' : 'csv')
  const problems = [
    ...(isBinary(format) && output === undefined
      ? [`A file of the format ${format} cannot be printed. Name a file: --output answers.${format}`]
      : []),
    ...((excel || separator !== undefined) && format !== 'csv'
      ? [`--excel and --separator are for CSV, but the format is ${format}. Leave them out.`]
      : []),
    ...(options.format === undefined && byEnding === undefined && foreign.test(output ?? '')
      ? [
          `${output} has an ending of another format. Expected ${exportFormats.map((one) => `.${one}`).join(', ')}; or name the format with --format.`,
        ]
      : []),
  ]
  if (problems.length > 0) throw new RequestRefused(problems)
  return format
}

/** A CSV file under such a name would not open. */
const foreign = /\.(xls|xlsm|xlsb|ods|gz|zip|html?|pdf|docx?|db|sqlite|feather|arrow|avro|orc|ya?ml|xml)$/i
