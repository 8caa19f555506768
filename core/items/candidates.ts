/** Which items a step has, in order, before it is decided what happens to each. */

import type { LedgerLine, ResolvedStep } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { Ascending } from '../text/ascending.ts'
import { Segments } from '../text/ids.ts'
import { type Json, parseJson } from '../text/json.ts'
import { readLedger } from '../versions/ledger.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import { type FileItem, fileItemBatches, fileItems, ItemFinder } from './file-items.ts'
import { Finder } from './finder.ts'
import { IdCheck } from './id-check.ts'

export interface Candidate {
  item_index: number
  item_id: string
  id_json: string
  root_id: string
  segment: string
  /** Undefined if only the base knows the item, or its content is not there yet. */
  item: Json | undefined
  base: LedgerLine | null
  /** Whether the step before asked for this item in this version. */
  inputIsNew: boolean
}

/** One answer of the step before, as the next step's item. */
export interface UpstreamItem extends Pick<LedgerLine, 'item_index' | 'root_id' | 'segment'> {
  /** The answer; undefined in a dry run of an item that is still to be asked for. */
  item: Json | undefined
  /** The id that an item will get, if it is known before the item is asked for. */
  idToCome?: string | undefined
  isNew: boolean
}

export interface FileSource {
  read: Store['read']
  step: ResolvedStep
  base: AsyncIterable<LedgerLine>
  /** Whether an item that the base does not know is included. If not, it takes no position. */
  takesNew: (itemId: string) => boolean
}

/** The items of an input file that no base knows. Ids were checked by `open`; a wrong one ends the run here. */
export async function* fileCandidates({ read, step }: Pick<FileSource, 'read' | 'step'>): AsyncGenerator<Candidate> {
  const segments = new Segments()
  let index = 0
  for await (const row of fileItems(read, step)) {
    index += 1
    yield newCandidate(row, index, segments)
  }
}

/**
 * The items of a base in its order, with today's content, then those of the input that the base does not know.
 * Reads both once; holds only what is in a different order from the base.
 */
export async function* fileCandidatesOnBase({ read, step, base, takesNew }: FileSource): AsyncGenerator<Candidate> {
  const segments = new Segments()
  const rows = new ItemFinder(fileItemBatches(read, step))
  try {
    for await (const line of base) {
      segments.inherit(line.segment)
      yield candidateOnBase(line, await rows.find(line.item_id))
    }
    let index = step.next_index ?? 1
    for await (const row of rows.rest()) {
      if (!takesNew(row.id)) continue
      yield newCandidate(row, index, segments)
      index += 1
    }
  } finally {
    await rows.close()
  }
}

/** An item of a base, with its row of the input if that still has it. */
export function candidateOnBase(base: LedgerLine, row: FileItem | undefined): Candidate {
  const { item_index, item_id, segment } = base
  const id_json = row?.idJson ?? JSON.stringify(item_id)
  return rootCandidate({ item_index, item_id, id_json, segment, item: row?.item, base })
}

/** An item that no base knows. */
export function newCandidate({ id, idJson, item }: FileItem, item_index: number, segments: Segments): Candidate {
  return rootCandidate({ item_index, item_id: id, id_json: idJson, segment: segments.segment(id), item, base: null })
}

function rootCandidate(fields: Omit<Candidate, 'root_id' | 'inputIsNew'>): Candidate {
  return { ...fields, root_id: fields.item_id, inputIsNew: false }
}

/** The answers of the step before, matched with the base by their position, which an item keeps forever. */
export async function* chainedCandidates(
  upstream: AsyncIterable<UpstreamItem>,
  step: ResolvedStep,
  base: AsyncIterable<LedgerLine>,
): AsyncGenerator<Candidate> {
  const known = new Ascending(base)
  const ids = new IdCheck(step)
  try {
    for await (const { item_index, root_id, segment, item, idToCome, isNew } of upstream) {
      const line = await known.find(item_index)
      const id =
        item === undefined ? { id: line?.item_id ?? idToCome ?? root_id, idJson: '' } : ids.idOf(item, item_index)
      yield { item_index, root_id, segment, item, inputIsNew: isNew, item_id: id.id, id_json: id.idJson, base: line }
    }
    ids.close()
  } finally {
    await known.close()
  }
}

/**
 * The elements of the array that a single-call step answered, matched with the base by id: they have no lineage. Of the base only those
 * lines are held that come in another order, and one answer cannot name many items.
 */
export async function* singleCallCandidates(
  elements: AsyncIterable<Json>,
  step: ResolvedStep,
  base: AsyncIterable<LedgerLine>,
): AsyncGenerator<Candidate> {
  const known = new Finder(oneByOne(base), { keyOf: ({ item_id }) => item_id, sizeOf: () => 0 })
  const segments = new Segments()
  const ids = new IdCheck(step)
  let index = 0
  try {
    for await (const item of elements) {
      index += 1
      const { id, idJson } = ids.idOf(item, index)
      yield rootCandidate({
        item_index: index,
        item_id: id,
        id_json: idJson,
        segment: segments.segment(id),
        item,
        base: (await known.find(id)) ?? null,
      })
    }
    ids.close()
  } finally {
    await known.close()
  }
}

async function* oneByOne<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  for await (const row of rows) yield [row]
}

/** The answers of a batch step of a version, in order, as the next step's items. */
export async function* answersOf(store: Store, ref: VersionRef, step: ResolvedStep): AsyncGenerator<UpstreamItem> {
  const answers = new StepAnswers(store, answerPlace(ref, step))
  try {
    for await (const line of readLedger(store, ref, step.step)) {
      if (line.answer_bytes === null) continue
      const text = await answers.answer(line)
      const isNew = line.decision === 'process' && line.answer_version === ref.version
      yield { item_index: line.item_index, root_id: line.root_id, segment: line.segment, item: parseJson(text), isNew }
    }
  } finally {
    await answers.close()
  }
}
