/** `itemwise export <pipeline> [version]` */

import { resolve } from 'node:path'
import { RequestRefused } from '../core/errors.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { type Json, jsonText, parseJson } from '../core/text/json.ts'
import { arrayElements, JsonInvalid } from '../core/text/json-array.ts'
import { namedStep } from '../core/versions/find-step.ts'
import { editSentence } from '../core/versions/hand-edited-file.ts'
import { stepEdits } from '../core/versions/step-edits.ts'
import { readText } from '../core/versions/version-documents.ts'
import { placeOf, type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import type { Items } from '../formats/export/columns.ts'
import { type ExportFormat, exportFormats } from '../formats/export/formats.ts'
import { isBinary, type WriteOptions, written } from '../formats/export/write.ts'
import { writeOutputFile } from '../stores/output-file.ts'
import { noteEdits } from './edits-text.ts'
import { elementsTaken } from './export-where.ts'
import { type FoundVersion, findVersion } from './find-version.ts'
import { useFrugalHeap } from './frugal-heap.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface ExportOptions extends StoreFlags {
  json?: boolean
  step?: string
  where?: string
  format?: ExportFormat
  output?: string
  excel?: boolean
  separator?: keyof typeof separators
  raw?: boolean
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
  const { excel = false, separator, raw = false, where } = options
  const takes = where === undefined ? null : await elementsTaken(store, { ref, step, where }, terminal)
  let prefixed = 0
  const writing = {
    excel,
    separator: separator && separators[separator],
    raw,
    onPrefixed: (count: number) => {
      prefixed = count
    },
  }
  const chunks = clearly(converted(store, step, { format, writing, takes }), step.collated)
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

type Takes = ((element: Json) => boolean) | null

/** JSON is the collated file as it is, if all of it is wanted. */
function converted(
  store: Store,
  step: VersionStep,
  { format, writing, takes }: { format: ExportFormat; writing: WriteOptions; takes: Takes },
): AsyncIterable<string | Uint8Array> {
  if (/\.(md|txt)$/.test(step.collated)) throw textOnly(step)
  if (format === 'json' && takes === null) return store.read(step.collated)
  return written(itemsOf(store, step, takes), format, writing)
}

function textOnly({ step, collated }: VersionStep): RequestRefused {
  return new RequestRefused([
    `Step ${step} is a text, not an array (${collated}). Read the file itself, or name another step with --step.`,
  ])
}

function itemsOf(store: Store, { collated, batch_mode }: VersionStep, takes: Takes): Items {
  return async function* () {
    if (batch_mode) {
      for await (const { value } of arrayElements(store.read(collated))) if (takes?.(value) ?? true) yield value
    } else yield* asItems(parseJson(await readText(store, collated)))
  }
}

/** What a single call answered: an array's elements, or the answer as the one item. */
function asItems(answer: Json): Json[] {
  return Array.isArray(answer) ? answer : [answer]
}

async function* clearly(chunks: AsyncIterable<string | Uint8Array>, path: string) {
  try {
    yield* chunks
  } catch (cause) {
    if (!(cause instanceof JsonInvalid) && !(cause instanceof SyntaxError)) throw cause
    throw new RequestRefused(
      [`${path} cannot be exported: it ${cause.message}. Put it back as it was, or run the version again.`],
      { cause },
    )
  }
}
