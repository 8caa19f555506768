/**
 * The answers that people wrote into the files of a version: into an array or the file of an item, where it lies or where the doctor set it
 * aside. An answer is known to be theirs by its checksum.
 */
import { isTextOutput } from '../answer-format.ts'
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import { wholeInput } from '../items/plan-lines.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { type Json, jsonText } from '../text/json.ts'
import { arrayElements, JsonInvalid } from '../text/json-array.ts'
import { hasItemFile, isItemFileOf } from '../versions/item-file.ts'
import { itemIdOf, jsonIn } from '../versions/item-id.ts'
import { baseLines } from '../versions/ledger.ts'
import { setAsideOf } from '../versions/set-aside.ts'
import { textIfThere } from '../versions/version-documents.ts'

/** An answer that a person wrote into a file. */
export interface HandEdited {
  step: ResolvedStep
  line: LedgerLine
  /** The whole answer, with its ids; of a text the text. */
  answer: Json
  /** The file that has it. */
  path: string
  /** Other files that have another answer for the item, which is not that of the ledger either. */
  others: string[]
}

/** What a file has for an item. */
interface Found {
  path: string
  answer: Json
}

/** All of them in a step, in the order of its items. What stands beside the ledger comes before what was set aside, and an array before the files of items. */
export async function handEditedAnswers(store: Store, ref: VersionRef, step: ResolvedStep): Promise<HandEdited[]> {
  const { collated, output } = stepFiles(ref, step.step)
  const path = collated(step.output_file)
  const arrays = [path, ...(await setAsideOf(store, path, 'edited'))]
  const [now, ...before] = await Promise.all(arrays.map((array) => answersIn(store, array, step)))
  const edited: HandEdited[] = []
  for await (const line of baseLines(store, ref, step.step)) {
    if (line.answer_bytes === null || line.answer_sha256 == null) continue
    const own = hasItemFile(line, ref) ? await itemFiles(store, output(line.segment)) : []
    const found = [now?.get(line.item_id), ...own, ...before.map((array) => array.get(line.item_id))]
    const others = found.filter((one) => one !== undefined).filter(({ answer }) => !isWrittenAnswer(answer, line, step))
    const [first, ...rest] = others
    if (first === undefined) continue
    const different = rest.filter(({ answer }) => jsonText(answer) !== jsonText(first.answer)).map((one) => one.path)
    edited.push({ step, line, ...first, others: different })
  }
  return edited
}

/** By item id; nothing of a file that is missing, and of one that breaks off what stands before. */
async function answersIn(store: Store, path: string, step: ResolvedStep): Promise<Map<string, Found>> {
  const found = new Map<string, Found>()
  try {
    if (!step.batch_mode) return await wholeIn(store, path, step)
    for await (const { value } of arrayElements(store.read(path))) {
      const id = itemIdOf(value, step)
      if (id !== undefined && !found.has(id)) found.set(id, { path, answer: value })
    }
  } catch (error) {
    if (!(error instanceof JsonInvalid || error instanceof FileMissing)) throw error
  }
  return found
}

async function wholeIn(store: Store, path: string, step: ResolvedStep): Promise<Map<string, Found>> {
  const text = (await textIfThere(store, path))?.replace(/\n$/, '')
  const answer = text === undefined || isTextOutput(step) ? text : jsonIn(text)
  return new Map(answer === undefined ? [] : [[wholeInput, { path, answer }]])
}

/** What the file of an item and its copies hold that can be read. */
async function itemFiles(store: Store, path: string): Promise<Found[]> {
  const found: Found[] = []
  for (const file of [path, ...(await setAsideOf(store, path, 'edited'))]) {
    const text = await textIfThere(store, file)
    const answer = text === undefined ? undefined : jsonIn(text.replace(/^\uFEFF/, ''))
    if (answer !== undefined) found.push({ path: file, answer })
  }
  return found
}

/** White space does not count. */
function isWrittenAnswer(answer: Json, line: LedgerLine, step: ResolvedStep): boolean {
  if (isTextOutput(step)) return sha256(String(answer)) === line.answer_sha256
  return isItemFileOf(jsonText(answer, 2), line)
}
