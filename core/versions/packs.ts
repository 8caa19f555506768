/**
 * Packed files: what would be a file for each item below items/ or prompts/ is one for a thousand positions, lines of JSON in one zstd frame. An
 * item's position says which pack it is in. Packs are made of what is kept, and never trusted: whether an answer is what was written its
 * ledger line says, by the answer's sha256; of a prompt, by the fingerprint.
 */
import * as z from 'zod'
import type { LedgerLine } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { lines } from '../text/lines.ts'
import { unzstd, ZstdDamaged } from '../text/zstd.ts'

const positionsOfPack = 1000

/** The pack of a position, from 0. */
export function packOf(item_index: number): number {
  return Math.max(0, Math.floor((item_index - 1) / positionsOfPack))
}

/** Where the pack of an item is. */
export function packPath(ref: VersionRef, step: number, { kind, item_index }: { kind: PackKind; item_index: number }) {
  const pack = packOf(item_index)
  const first = pack * positionsOfPack + 1
  return stepFiles(ref, step).pack(kind, [first, first + positionsOfPack - 1])
}

/** The step of a pack, by its path; undefined if that is no pack's. */
export function packStep(path: string): number | undefined {
  const [, step] = /\/(\d+)_\d{7,}-\d{7,}\.jsonl\.zst$/.exec(path) ?? []
  return step === undefined ? undefined : Number(step)
}

const item = z.object({ item_index: z.int(), item_id: z.string(), segment: z.string() })

/** A line of a pack below items/: the answer as its own file would hold it, without the last newline, and what could not be used. */
const packedItem = item.extend({ answer: z.string().nullable(), reply: z.string().nullable() })
export type PackedItem = z.infer<typeof packedItem>

/** A line of a pack below prompts/. Null if the prompt was lost. */
const packedPrompt = item.extend({ prompt: z.string().nullable() })
export type PackedPrompt = z.infer<typeof packedPrompt>

const entryOf = { items: packedItem, prompts: packedPrompt } as const

export type PackKind = keyof typeof entryOf
export type PackEntry<K extends PackKind> = z.infer<(typeof entryOf)[K]>

/** Thrown for a pack that is not as it was written. What came before was read well. */
export class PackDamaged extends Error {
  override readonly name = 'PackDamaged'
}

export function packText(entry: PackedItem | PackedPrompt): string {
  return `${JSON.stringify(entry)}\n`
}

/** The entries of a pack, in order. Throws FileMissing, PackDamaged: at the latest at its end, if anything of it was changed. */
export async function* packEntries<K extends PackKind>(
  store: Pick<Store, 'read'>,
  { kind, path }: { kind: K; path: string },
): AsyncGenerator<PackEntry<K>> {
  let before = 0
  try {
    for await (const { text } of lines(unzstd(store.read(path)))) {
      const entry = entryOf[kind].parse(JSON.parse(text)) as PackEntry<K>
      if (entry.item_index <= before) throw new PackDamaged(`${path} has a line out of order.`)
      before = entry.item_index
      yield entry
    }
  } catch (cause) {
    if (!(cause instanceof ZstdDamaged || cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause
    throw new PackDamaged(`${path} is cut off or was changed.`, { cause })
  }
}

/** What a pack has of one item. Undefined if it has nothing of it, is missing or is damaged. Reads all of it: only then it is proven. */
export async function packedEntry<K extends PackKind>(
  store: Pick<Store, 'read'>,
  { ref, step, kind }: PackPlace<K>,
  { item_index, segment }: PlacedItem,
): Promise<PackEntry<K> | undefined> {
  const path = packPath(ref, step, { kind, item_index })
  let found: PackEntry<K> | undefined
  try {
    for await (const entry of packEntries(store, { kind, path }))
      if (entry.item_index === item_index && entry.segment === segment) found = entry
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return undefined
  }
  return found
}

export interface PackPlace<K extends PackKind> {
  ref: VersionRef
  step: number
  kind: K
}

/** What tells where an item is in a pack. */
export type PlacedItem = Pick<LedgerLine, 'item_index' | 'segment'>

/** Whether an error says that a pack is missing or damaged. */
export function isUnreadable(error: unknown): error is Error {
  return error instanceof PackDamaged || error instanceof FileMissing
}
