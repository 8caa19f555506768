/** Whether the packs of a step have what its ledger says: each answer by its sha256, each prompt by the fingerprint. */
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { promptFingerprint } from '../templates/questions.ts'
import { sha256 } from '../text/ids.ts'
import { hasItemFile } from '../versions/item-file.ts'
import { PackReader } from '../versions/pack-reader.ts'
import { type PackedItem, type PackedPrompt, type PackKind, packPath } from '../versions/packs.ts'
import { havePromptsGone } from '../versions/pruned-prompts.ts'

/** Paths of packs that are missing or not as they were written. */
export type DamagedPacks = Record<PackKind, string[]>

export class PackCheck {
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: ResolvedStep
  readonly #items: PackReader<'items'> | null
  readonly #prompts: PackReader<'prompts'> | null
  readonly #damaged: Record<PackKind, Set<string>> = { items: new Set(), prompts: new Set() }

  constructor(store: Store, ref: VersionRef, step: ResolvedStep) {
    this.#store = store
    this.#ref = ref
    this.#step = step
    const place = { ref, step: step.step }
    this.#items = isPacked(step, 'items') ? new PackReader(store, { ...place, kind: 'items' }) : null
    this.#prompts = isPacked(step, 'prompts') ? new PackReader(store, { ...place, kind: 'prompts' }) : null
  }

  /** Takes the lines of the ledger in order. */
  async add(line: LedgerLine): Promise<void> {
    if (!hasItemFile(line, this.#ref)) return
    if (this.#items !== null && !isAnswerOf(await this.#items.find(line), line)) this.#note('items', line)
    if (this.#prompts === null) return
    if (!isPromptOf(await this.#prompts.find(line), line, this.#step)) this.#note('prompts', line)
  }

  async finish(): Promise<DamagedPacks> {
    await Promise.all([this.#items?.close(), this.#prompts?.close()])
    if (this.#prompts !== null && (await havePromptsGone(this.#store, this.#ref))) this.#damaged.prompts.clear()
    const all = (kind: PackKind, broken: Iterable<string> = []) =>
      [...new Set([...this.#damaged[kind], ...broken])].sort()
    return { items: all('items', this.#items?.damaged), prompts: all('prompts', this.#prompts?.damaged) }
  }

  #note(kind: PackKind, { item_index }: LedgerLine): void {
    this.#damaged[kind].add(packPath(this.#ref, this.#step.step, { kind, item_index }))
  }
}

/** A single call has no packs. */
export function isPacked({ keep, batch_mode }: Pick<ResolvedStep, 'keep' | 'batch_mode'>, kind: PackKind): boolean {
  return batch_mode && keep?.[kind] === 'packed'
}

export function isAnswerOf(entry: PackedItem | undefined, { answer_sha256 }: LedgerLine): boolean {
  return entry !== undefined && entry.answer !== null && sha256(entry.answer) === answer_sha256
}

/** A prompt that was lost is known to be, and a line that was made again may not know what was sent. */
export function isPromptOf(entry: PackedPrompt | undefined, { fingerprint }: LedgerLine, step: ResolvedStep): boolean {
  if (entry === undefined) return false
  return entry.prompt === null || fingerprint === null || promptFingerprint(step, entry.prompt) === fingerprint
}
