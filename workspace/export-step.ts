/** The collated array of a step in the format that a person or a program wants. */
import { RequestRefused } from '../core/errors.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { namedStep } from '../core/versions/find-step.ts'
import { editSentence, type HandEdit } from '../core/versions/hand-edited-file.ts'
import { stepEdits } from '../core/versions/step-edits.ts'
import { placeOf, type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import { type ExportFormat, exportFormats } from '../formats/export/formats.ts'
import { isBinary } from '../formats/export/write.ts'
import type { FoundVersion } from './find-version.ts'

/** What may stand between the cells of CSV. */
export type Separator = 'comma' | 'semicolon' | 'tab' | 'pipe'

export const separators: Readonly<Record<Separator, string>> = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' }

/** What says in which format a step is exported. */
export interface FormatOptions {
  format?: ExportFormat | undefined
  /** The file that is written; undefined: it is printed. */
  output?: string | undefined
  json?: boolean | undefined
  excel?: boolean | undefined
  separator?: Separator | undefined
}

/** Without --format: what the file's ending says, else the form a script wants with --json, else CSV. Throws RequestRefused. */
export function chosenFormat(options: FormatOptions): ExportFormat {
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

/** The step that a word names, else the last. Throws RequestRefused if it is not collated. */
export async function chosenStep(store: Store, ref: VersionRef, word?: string): Promise<VersionStep> {
  const steps = await versionSteps(store, ref)
  const step = word === undefined ? steps.at(-1) : namedStep(steps, word, `${ref.pipeline} ${ref.version}`)
  if (step === undefined) throw new RequestRefused([`${ref.pipeline} ${ref.version} has no step to export.`])
  if ((await store.size(step.collated)) !== undefined) return step
  throw new RequestRefused([
    `Step ${step.step} of ${ref.pipeline} ${ref.version} has no collated output yet (${step.collated}). Finish the version with \`itemwise resume\`, or name an earlier step with --step.`,
  ])
}

/** What was edited: an edited array is exported as it stands, and whoever exports it says so. Throws RequestRefused for a file that is no longer an array. */
export async function exportableEdits(
  store: Store,
  { ref, step, state }: FoundVersion & { step: VersionStep },
): Promise<HandEdit[]> {
  const edits = await stepEdits(store, placeOf(ref, step), state.metadata)
  const broken = edits.filter((edit) => edit.broken && edit.path === step.collated)
  if (broken.length > 0)
    throw new RequestRefused(
      broken.map(
        (edit) =>
          `${editSentence(edit)} It cannot be exported. \`itemwise doctor ${ref.pipeline} --fix\` keeps it and rebuilds the array.`,
      ),
    )
  return edits
}
