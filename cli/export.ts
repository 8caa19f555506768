/** `itemwise export <pipeline> [version]` */

import { resolve } from 'node:path'
import { jsonText } from '../core/text/json.ts'
import type { ExportFormat } from '../formats/export/formats.ts'
import { writeOutputFile } from '../stores/output-file.ts'
import { chosenFormat, chosenStep, exportableEdits, exported, separators } from '../workspace/export-step.ts'
import { findVersion } from '../workspace/find-version.ts'
import { noteEdits } from './edits-text.ts'
import { elementsTaken } from './export-where.ts'
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
  const chunks = exported(store, step, { format, writing, takes })
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

function notePrefixed(count: number, terminal: Terminal): void {
  if (count === 0) return
  const [texts, have, them] = count === 1 ? ['text that begins', 'has', 'it'] : ['texts that begin', 'have', 'them']
  terminal.note(
    `${count} ${texts} like a formula ${have} an apostrophe before ${them}; itemwise_prefixed counts them row by row, and Itemwise takes them away when it reads the file. --raw leaves them out.\n`,
  )
}
