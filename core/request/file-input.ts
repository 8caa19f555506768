/** Which file a step reads: a plain array where it is, or what an input of another kind was converted into. */
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { areInMemory, type Conversion, type Convert, conversionPath } from '../items/conversion.ts'
import { arrayEndings } from '../items/input-rows.ts'
import type { StepRequest } from '../request.ts'
import type { Store } from '../store.ts'
import type { GivenInputs } from './given-inputs.ts'
import { findInput } from './input-path.ts'

export type FileInput = Extract<ResolvedStep['input'], { from: 'file' }>

export interface FindingInputs {
  store: Store
  /** Undefined if nothing can convert, as in a Lambda. */
  convert: Convert | undefined
  /** What was converted before by whoever starts the run. */
  given: GivenInputs
  /** The input of a step in the base of a rerun; undefined if there is none. */
  ofBase: (step: number) => Promise<ResolvedStep['input'] | undefined>
  /** Told of each conversion. */
  onConverted: (conversion: Conversion) => void
}

export interface WantedFile {
  number: number
  written: string
  stepRequest: StepRequest
}

/** Finds, and if need be converts, the input of a step. Throws RequestRefused with sentences that name it. */
export async function fileInput(finding: FindingInputs, wanted: WantedFile): Promise<FileInput> {
  const { written, stepRequest } = wanted
  if (stepRequest.batch_mode === false) return wholeInput(finding.store, written)
  const given = finding.given[String(wanted.number)]
  if (given !== undefined) return givenInput(finding.store, written, given)
  const kept = await keptInput(finding, wanted)
  // Stdin cannot be read again, and where nothing converts, the base's items are those of today.
  if (kept !== undefined && (written === '-' || finding.convert === undefined)) return kept
  try {
    return await todaysInput(finding, wanted)
  } catch (error) {
    // What the base was made from still holds its items, even if the source is gone.
    if (error instanceof RequestRefused && kept !== undefined && !(await isThere(finding.store, kept))) return kept
    throw error
  }
}

async function todaysInput(finding: FindingInputs, { written, stepRequest }: WantedFile): Promise<FileInput> {
  const { store, convert, onConverted } = finding
  const types = stepRequest.input_types ?? {}
  const mayNeedIt = !/\.jsonl?(#.*)?$/i.test(written) || stepRequest.input_types !== undefined
  const conversion = mayNeedIt ? await convert?.(store, { written, types }) : null
  if (conversion) {
    onConverted(conversion)
    const { sha256, source, source_sha256, read_as, items } = conversion
    const converted = { source, source_sha256, read_as, items }
    return { from: 'file', path: written, resolved: conversionPath(sha256), pointer: '', sha256, converted }
  }
  if (areInMemory(written)) throw new RequestRefused([onlyInMemory])
  if (convert === undefined && needsConversion(written, stepRequest)) throw new RequestRefused([unconvertible])
  return plain(store, written, arrayEndings)
}

/** Whether an input is certainly no plain array. */
function needsConversion(written: string, { input_types }: StepRequest): boolean {
  return (
    input_types !== undefined || !arrayEndings.some((ending) => new RegExp(`\\${ending}(#.*)?$`, 'i').test(written))
  )
}

const onlyInMemory =
  'a program had these items in memory, and this run was not given them. Start it from that program, or name a file.'

const unconvertible = `it is converted before a run, by the command line, and this run was started without it. Start it with \`itemwise run <request> --target aws\`, or name a file that ends in ${arrayEndings.join(', ')} and leave input_types out.`

async function plain(store: Store, written: string, endings: readonly string[], what = 'an array'): Promise<FileInput> {
  const found = await findInput(store, written)
  if (endings.some((ending) => found.resolved.toLowerCase().endsWith(ending)))
    return { from: 'file', ...found, sha256: '' }
  throw new RequestRefused([`it cannot be read as ${what}. Expected a file that ends in ${endings.join(', ')}.`])
}

/** A single call takes the text of a file as it is. */
function wholeInput(store: Store, written: string): Promise<FileInput> {
  return plain(store, written, [...arrayEndings, '.md', '.txt'], 'an input')
}

async function givenInput(store: Store, written: string, given: GivenInputs[string]): Promise<FileInput> {
  const { sha256, ...converted } = given
  const resolved = conversionPath(sha256)
  if ((await store.size(resolved)) === undefined)
    throw new RequestRefused([
      `${resolved}, which holds its items, is missing. Start the run again: it is written anew.`,
    ])
  return { from: 'file', path: written, resolved, pointer: '', sha256, converted }
}

/** What the base keeps of the same input, if that was converted. */
async function keptInput({ ofBase }: FindingInputs, { number, written }: WantedFile): Promise<FileInput | undefined> {
  const input = await ofBase(number)
  return input?.from === 'file' && input.converted !== undefined && input.path === written ? input : undefined
}

/** Whether the source of a kept input can still be found. */
async function isThere(store: Store, { converted }: FileInput): Promise<boolean> {
  const source = converted?.source ?? null
  return source !== null && ((await store.size(source)) !== undefined || (await store.list(source)).length > 0)
}
