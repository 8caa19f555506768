/**
 * Keeps the answers of a step. Two requests an item: its prompt, and its answer, which carries its ledger line as metadata and
 * so cannot be there without it. What has no object of its own is an entry file at once. The end is a part with all of it.
 */
import { type ItemPlace, type Keeper, type KeptItem, type SpentReply, stepFiles } from '../../core/store.ts'
import { throwIfOutside } from '../workspace-path.ts'
import { entryMetadata, indexOf, type KeptPartEntry, type PartEntry, partLine } from './part-entries.ts'
import {
  bucketFolder,
  bucketOf,
  entryId,
  entryName,
  openName,
  partName,
  type Span,
  spanOfBucket,
} from './part-names.ts'
import type { StepParts, StepPlace } from './step-parts.ts'
import type { Writer } from './writer.ts'

export interface KeeperTools {
  place: StepPlace
  /** A ULID that is higher than all before. */
  session: string
  /** Of the version, where this process writes it. */
  writer: Writer | undefined
  parts: StepParts
  /** The batch's items to process, by their buckets; null where there is no batch. */
  shares: ReadonlyMap<number, ItemPlace[]> | null
  flushLogs: () => Promise<void>
  /** Called when the keeper has closed. */
  closed: (keeper: CloudKeeper) => void
}

interface OpenBucket {
  span: Span
  folder: string
  entries: PartEntry[]
  /** Resolves when it is known that the session began. */
  begun: Promise<void>
}

export class CloudKeeper implements Keeper {
  readonly session: string
  readonly parts: StepParts
  readonly #tools: KeeperTools
  readonly #buckets = new Map<number, OpenBucket>()
  readonly #covered: ReadonlySet<number>
  /** By segment: prompts whose answers are still to come. */
  readonly #prompts = new Map<string, { prompt: string; put: Promise<void> }>()
  #number = 0
  #failure: { error: unknown } | null = null
  #closing: Promise<void> | null = null

  constructor(tools: KeeperTools) {
    this.#tools = tools
    this.session = tools.session
    this.parts = tools.parts
    const items = [...(tools.shares?.values() ?? [])].flat()
    this.#covered = new Set(items.map(({ item_index }) => item_index))
  }

  /** Says in every bucket of the batch that a session begins. Throws StoreUnwritable. */
  async begin(): Promise<void> {
    const buckets = [...(this.#tools.shares?.keys() ?? [])]
    await Promise.all(buckets.map((bucket) => this.#bucket(bucket).begun))
  }

  /** Whether an item is one of the batch's. */
  covers({ item_index }: ItemPlace): boolean {
    return this.#covered.has(item_index)
  }

  /** What this keeper has kept of an item. */
  entriesOf({ item_index }: ItemPlace): PartEntry[] {
    const entries = this.#buckets.get(bucketOf(item_index))?.entries ?? []
    return entries.filter((entry) => indexOf(entry) === item_index)
  }

  async keepPrompt(segment: string | null, prompt: string): Promise<void> {
    throwIfOutside(`prompts/${segment}`)
    this.#throwIfClosed()
    const key = segment ?? ''
    // One after the other: the last one is to stand.
    const before = this.#prompts.get(key)?.put.catch(() => {})
    const put = Promise.resolve(before).then(() => this.#putPrompt(key, prompt))
    put.catch((error) => this.#fail(error))
    this.#prompts.set(key, { prompt, put })
  }

  /** The prompt is under way since the model was asked, so it is there before the answer. The answer does not depend on it. */
  async keep(item: KeptItem): Promise<void> {
    const { segment } = item.line
    throwIfOutside(`items/${segment}`)
    this.#throwIfClosed()
    const asked = this.#prompts.get(segment)
    this.#prompts.delete(segment)
    const entry: KeptPartEntry = { id: this.#newId(), kept: item, unwritten: true }
    if (asked !== undefined) entry.prompt = asked.prompt
    this.#note(entry)
    await this.#orFail(async () => {
      await this.#ready(entry)
      const [prompt] = await Promise.allSettled([asked?.put])
      if (prompt.status === 'fulfilled') delete entry.prompt
      await this.#putAnswer(entry)
      if (prompt.status === 'rejected') throw prompt.reason
    })
    delete entry.unwritten
  }

  async spend(reply: SpentReply): Promise<void> {
    this.#throwIfClosed()
    const entry = { id: this.#newId(), spent: reply }
    this.#note(entry)
    await this.#orFail(async () => {
      await this.#ready(entry)
      await this.#putEntry(entry)
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Writes the files of an item that is kept and could not write before. Throws StoreUnwritable. */
  async putItem(entry: KeptPartEntry): Promise<void> {
    const { segment } = entry.kept.line
    await Promise.all([
      entry.prompt === undefined ? null : this.#putPrompt(segment, entry.prompt),
      this.#putAnswer(entry),
    ])
    delete entry.prompt
    delete entry.unwritten
  }

  #putPrompt(segment: string, prompt: string): Promise<void> {
    const { objects, ref, step } = this.#tools.place
    return objects.put(stepFiles(ref, step).prompt(segment === '' ? null : segment), prompt)
  }

  async #putAnswer(entry: KeptPartEntry): Promise<void> {
    const { line, answer, reply } = entry.kept
    const { objects, ref, step } = this.#tools.place
    const files = stepFiles(ref, step)
    if (line.segment === '') return this.#putEntry(entry)
    const metadata = answer === null ? undefined : entryMetadata(entry.id, entry.kept)
    if (metadata === undefined) await this.#putEntry(entry)
    await Promise.all([
      answer === null ? null : objects.put(files.output(line.segment), `${answer}\n`, { metadata }),
      reply === null ? null : objects.put(files.reply(line.segment), reply),
      answer !== null && reply === null && this.#removeReply(line),
    ])
  }

  /** An answer takes the place of a reply that could not be used. */
  async #removeReply(item: ItemPlace): Promise<void> {
    const { objects, ref, step } = this.#tools.place
    const known = [...(await this.parts.entriesOf(item, new Set([this.session]))), ...this.entriesOf(item)]
    const replied = known.some((entry) => 'kept' in entry && entry.kept.reply !== null)
    if (replied) await objects.remove(stepFiles(ref, step).reply(item.segment))
  }

  #putEntry(entry: PartEntry): Promise<void> {
    const { folder } = this.#bucket(bucketOf(indexOf(entry)))
    return this.#tools.place.objects.put(
      `${folder}/${entryName(indexOf(entry), entry.id)}`,
      partLine(withoutPending(entry)),
    )
  }

  #newId(): string {
    this.#number += 1
    return entryId(this.session, this.#number)
  }

  /** Noted before anything is written: it is paid for, so the part has it even if all else fails. */
  #note(entry: PartEntry): void {
    this.#bucket(bucketOf(indexOf(entry))).entries.push(entry)
  }

  async #ready(entry: PartEntry): Promise<void> {
    await Promise.all([this.#bucket(bucketOf(indexOf(entry))).begun, this.#tools.writer?.check()])
  }

  /** Begins a session in a bucket, the first time. */
  #bucket(bucket: number): OpenBucket {
    const known = this.#buckets.get(bucket)
    if (known !== undefined) return known
    const { place, shares } = this.#tools
    const items = shares?.get(bucket)?.map(({ item_index }) => item_index)
    const span = items === undefined ? spanOfBucket(bucket) : { first: Math.min(...items), last: Math.max(...items) }
    const folder = bucketFolder(place.ref, place.step, bucket)
    const begun = place.objects.put(`${folder}/${openName(span, this.session)}`, '')
    begun.catch(() => {})
    const opened = { span, folder, entries: [], begun }
    this.#buckets.set(bucket, opened)
    return opened
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#prompts.values()].map(({ put }) => put))
    await this.#writeLeft()
    const writes = [...this.#buckets.values()].map((bucket) => this.#putPart(bucket))
    const outcomes = await Promise.allSettled([...writes, this.#tools.flushLogs()])
    this.#tools.closed(this)
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.#fail(outcome.reason)
    if (this.#failure !== null) throw this.#failure.error
  }

  /** What could not be written is tried once more, but not by a writer that was replaced. */
  async #writeLeft(): Promise<void> {
    if (this.#tools.writer?.replaced.aborted) return
    const entries = [...this.#buckets.values()].flatMap((bucket) => bucket.entries)
    const left = entries.filter((entry) => 'kept' in entry && entry.unwritten) as KeptPartEntry[]
    await Promise.allSettled(left.map((entry) => this.putItem(entry)))
  }

  #putPart({ folder, span, entries }: OpenBucket): Promise<void> {
    return this.#tools.place.objects.put(`${folder}/${partName(span, this.session)}`, entries.map(partLine).join(''))
  }

  async #orFail(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
  }

  #throwIfClosed(): void {
    if (this.#closing !== null) throw new Error('This keeper is closed. Open the step again to keep more.')
  }
}

/** What is known only when the session ends. */
function withoutPending(entry: PartEntry): PartEntry {
  if ('spent' in entry) return entry
  const { id, kept } = entry
  return { id, kept }
}
