/**
 * Keeps the answers of a step. As files, by two requests an item: its prompt, and its answer with its ledger line as metadata, so that
 * neither is there without the other. Packed, by one for all answers of a moment.
 * Long, since it has each act of keeping, and closing needs them all.
 */
import type { Keep } from '../../core/documents.ts'
import type { ItemPlace, Keeper, KeptItem, RawReply, SpentReply } from '../../core/store.ts'
import { throwIfOutside } from '../workspace-path.ts'
import { GroupCommit } from './group-commit.ts'
import { ItemObjects } from './item-objects.ts'
import { type KeptPartEntry, type PartEntry, written } from './part-entries.ts'
import { ReceivedReplies } from './received-replies.ts'
import { Session, type Shares } from './session.ts'
import type { StepParts, StepPlace } from './step-parts.ts'
import type { Writer } from './writer.ts'

export interface KeeperTools {
  place: StepPlace
  keep: Keep
  /** Aborted: nothing new is begun. */
  stop?: AbortSignal | undefined
  receives?: boolean | undefined
  /** A ULID that is higher than all before. */
  session: string
  /** Makes further ones. */
  newSession: () => string
  /** Of the version, if this process writes it. */
  writer: Writer | undefined
  parts: StepParts
  shares: Shares | null
  flushLogs: () => Promise<void>
  /** Called when the keeper has closed. */
  closed: (keeper: CloudKeeper) => void
}

export class CloudKeeper implements Keeper {
  readonly parts: StepParts
  readonly receive?: (raw: RawReply) => Promise<void>
  readonly #tools: KeeperTools
  readonly #session: Session
  readonly #objects: ItemObjects
  readonly #covered: ReadonlySet<number>
  /** By segment: prompts whose answers are still to come. Without its text if that is not to be kept with the answer. */
  readonly #prompts = new Map<string, { prompt?: string; put: Promise<void> }>()
  /** Null if each answer has an object of its own, and nothing else needs to be kept with it. */
  readonly #groups: GroupCommit | null
  #failure: { error: unknown } | null = null
  #closing: Promise<void> | null = null

  constructor(tools: KeeperTools) {
    this.#tools = tools
    this.parts = tools.parts
    const { keep, stop } = tools
    const grouped = keep.items === 'packed' || keep.prompts === 'packed'
    this.#session = new Session(tools.place, { ...tools, grouped })
    // One that is to have objects, too, may be there before them.
    const put = (entries: PartEntry[]) =>
      this.#session.putGroup(keep.items === 'packed' ? entries.map(written) : entries)
    this.#groups = grouped ? new GroupCommit({ put, isWaiting: () => this.#prompts.size > 0, stop }) : null
    this.#objects = new ItemObjects(tools.place, {
      entriesOf: async (item) => [
        ...(await this.parts.entriesOf(item, new Set([this.session]))),
        ...this.entriesOf(item),
      ],
      putEntry: (entry) => this.#session.putEntry(entry),
      grouped,
    })
    if (tools.receives) {
      const replies = new ReceivedReplies(tools.place, tools.newSession())
      this.receive = async (raw) => {
        this.#throwIfClosed()
        await tools.writer?.checkKeeping()
        await replies.receive(raw)
      }
    }
    this.#covered = new Set([...(tools.shares?.values() ?? [])].flat().map(({ item_index }) => item_index))
  }

  get session(): string {
    return this.#session.id
  }

  /** Says in every shard of the chunk that a session begins. Throws StoreUnwritable. */
  begin(): Promise<void> {
    return this.#session.begin()
  }

  /** Whether an item is one of the chunk's. */
  covers({ item_index }: ItemPlace): boolean {
    return this.#covered.has(item_index)
  }

  /** What this keeper has kept of an item. */
  entriesOf(item: ItemPlace): PartEntry[] {
    return this.#session.entriesOf(item)
  }

  async keepPrompt(segment: string | null, prompt: string): Promise<void> {
    throwIfOutside(`prompts/${segment}`)
    this.#throwIfClosed()
    const key = segment ?? ''
    const { prompts } = this.#tools.keep
    if (prompts === 'none') this.#prompts.set(key, { put: Promise.resolve() })
    else if (prompts === 'packed' && segment !== null) this.#prompts.set(key, { prompt, put: Promise.resolve() })
    else this.#putPromptOf(key, prompt)
  }

  #putPromptOf(key: string, prompt: string): void {
    // One after the other, so that the last one counts.
    const before = this.#prompts.get(key)?.put.catch(() => {})
    const put = Promise.resolve(before).then(() => this.#objects.putPrompt(key, prompt))
    put.catch((error) => this.#fail(error))
    this.#prompts.set(key, { prompt, put })
  }

  /** The prompt has been on its way since the model was asked, so it arrives before the answer. The answer does not depend on it. */
  async keep(item: KeptItem): Promise<void> {
    const { segment } = item.line
    throwIfOutside(`items/${segment}`)
    this.#throwIfClosed()
    const asked = this.#prompts.get(segment)
    this.#prompts.delete(segment)
    const entry: KeptPartEntry = { id: this.#session.newId(), kept: item, unwritten: true }
    if (asked?.prompt !== undefined) entry.prompt = asked.prompt
    if (item.answer === null && this.#tools.writer !== undefined) entry.epoch = this.#tools.writer.epoch
    const arrived = this.#groups?.arrives()
    await this.#write(entry, async () => {
      const [prompt] = await Promise.allSettled([asked?.put])
      if (prompt.status === 'fulfilled' && !this.#packsPrompt(entry)) delete entry.prompt
      arrived?.()
      await this.#putAnswer(entry)
      if (prompt.status === 'rejected') throw prompt.reason
      delete entry.unwritten
    }).finally(arrived)
  }

  async spend(reply: SpentReply): Promise<void> {
    this.#throwIfClosed()
    const entry = { id: this.#session.newId(), spent: reply }
    await this.#write(entry, () => this.#putEntry(entry))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Writes the files of a kept item that could not be written before. Throws StoreUnwritable. */
  async putItem(entry: KeptPartEntry): Promise<void> {
    const { segment } = entry.kept.line
    const isPacked = this.#packsPrompt(entry)
    const prompt = entry.prompt === undefined || isPacked ? null : this.#objects.putPrompt(segment, entry.prompt)
    await Promise.all([prompt, this.#tools.keep.items === 'packed' ? null : this.#objects.putAnswer(entry)])
    if (!isPacked) delete entry.prompt
    delete entry.unwritten
  }

  #packsPrompt({ kept }: KeptPartEntry): boolean {
    return this.#tools.keep.prompts === 'packed' && kept.line.segment !== ''
  }

  #putEntry(entry: PartEntry): Promise<void> {
    return this.#groups?.add(entry) ?? this.#session.putEntry(entry)
  }

  async #putAnswer(entry: KeptPartEntry): Promise<void> {
    if (entry.kept.line.segment === '') return this.#putEntry(entry)
    if (this.#groups === null) return this.#objects.putAnswer(entry)
    await Promise.all([
      this.#groups.add(entry),
      this.#tools.keep.items === 'packed' ? null : this.#objects.putAnswer(entry),
    ])
  }

  /** Notes an entry and writes it, unless another writer has the version. Failures are reported to the caller, and again on close. */
  async #write(entry: PartEntry, write: () => Promise<void>): Promise<void> {
    this.#session.note(entry)
    try {
      await Promise.all([this.#session.ready(entry), this.#tools.writer?.checkKeeping()])
      await write()
      await this.#session.written(entry)
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  async #close(): Promise<void> {
    this.#groups?.end()
    await Promise.allSettled([...this.#prompts.values()].map(({ put }) => put))
    await this.#writeLeft()
    const outcomes = await Promise.allSettled([...this.#session.putParts(), this.#tools.flushLogs()])
    this.#tools.closed(this)
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.#fail(outcome.reason)
    if (this.#failure !== null) throw this.#failure.error
  }

  /** What could not be written is tried once more, but not by a writer that was replaced. */
  async #writeLeft(): Promise<void> {
    if (this.#tools.writer?.replaced.aborted) return
    const left = this.#session.entries.filter((entry) => 'kept' in entry && entry.unwritten) as KeptPartEntry[]
    await Promise.allSettled(left.map((entry) => this.putItem(entry)))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
  }

  #throwIfClosed(): void {
    if (this.#closing !== null) throw new Error('This keeper is closed. Open the step again to keep more.')
  }
}
