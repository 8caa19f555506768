/** What answers were made from, as checksums: an edit whose input has changed since is stale. */
import type { LedgerLine, ResolvedStep, RunDocument } from '../documents.ts'
import { FileMissing, PathOutside, RunFailed } from '../errors.ts'
import { fileItems } from '../items/file-items.ts'
import { IdCheck } from '../items/id-check.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { hashingRead } from '../text/hashing-read.ts'
import { sha256 } from '../text/ids.ts'
import { jsonText } from '../text/json.ts'
import { elementsIn, JsonInvalid } from '../text/json-array.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import { wholeOutput } from '../versions/step-output.ts'
import { readRun } from '../versions/version-documents.ts'

/** Lines of one step whose inputs are asked for. */
export interface InputsOf {
  step: number
  lines: readonly Pick<LedgerLine, 'item_id' | 'root_id'>[]
}

/**
 * By root id: of an item of a file the checksum of its JSON as it is there today, else of the answer of the step before; of a single
 * call, of all that it takes. What cannot be read is missing. Reads a file up to the last item that is wanted.
 */
export async function inputHashes(store: Store, ref: VersionRef, wanted: InputsOf): Promise<Map<string, string>> {
  if (wanted.lines.length === 0) return new Map()
  try {
    const run = await readRun(store, ref)
    const step = run.steps[wanted.step - 1]
    if (step === undefined) return new Map()
    return await (step.batch_mode
      ? itemHashes(store, ref, { run, step, lines: wanted.lines })
      : wholeHash(store, ref, { run, step, lines: wanted.lines }))
  } catch (error) {
    if ([FileMissing, PathOutside, RunFailed, JsonInvalid].some((kind) => error instanceof kind)) return new Map()
    throw error
  }
}

interface OfStep extends Pick<InputsOf, 'lines'> {
  run: RunDocument
  step: ResolvedStep
}

async function itemHashes(store: Store, ref: VersionRef, { run, step, lines }: OfStep): Promise<Map<string, string>> {
  const roots = new Map(lines.map(({ item_id, root_id }) => [item_id, root_id]))
  const { input } = step
  const before = input.from === 'step' ? run.steps[input.step - 1] : undefined
  if (before?.batch_mode) {
    const earlier = await linesOfIds(store, ref, { step: before.step, ids: [...roots.values()] })
    return new Map(earlier.flatMap(({ root_id, answer_sha256 }) => (answer_sha256 ? [[root_id, answer_sha256]] : [])))
  }
  const hashes = new Map<string, string>()
  const items = before === undefined ? fileItems((path) => store.read(path), step) : elements(store, ref, before, step)
  for await (const { id, item } of items) {
    const root = roots.get(id)
    if (root !== undefined) hashes.set(root, sha256(jsonText(item)))
    if (hashes.size === roots.size) break
  }
  return hashes
}

async function* elements(store: Store, ref: VersionRef, before: ResolvedStep, step: ResolvedStep) {
  const ids = new IdCheck(step)
  let index = 0
  for await (const { value } of elementsIn((await wholeOutput(store, ref, before)) ?? '[]')) {
    index += 1
    yield { id: ids.idOf(value, index).id, item: value }
  }
}

async function wholeHash(store: Store, ref: VersionRef, { run, step, lines }: OfStep): Promise<Map<string, string>> {
  const { input } = step
  const before = input.from === 'step' ? run.steps[input.step - 1] : undefined
  const path = input.from === 'file' ? input.resolved : stepFiles(ref, input.step).collated(before?.output_file ?? '')
  const read = hashingRead(store)
  for await (const _chunk of read.read(path));
  const hash = await read.sha256(path)
  return new Map(lines.map(({ root_id }) => [root_id, hash]))
}
