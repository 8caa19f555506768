/**
 * Keeps the answers of a step. As files, by two requests an item: its prompt, and its answer, which carries its ledger line as metadata and
 * so cannot be there without it. Packed, by one for all answers of a moment.
 */
import type { Keep } from '../../core/documents.ts'
import { type ItemPlace, type Keeper, type KeptItem, type SpentReply, stepFiles } from '../../core/store.ts'
import { throwIfOutside } from '../workspace-path.ts'
import { GroupCommit } from './group-commit.ts'
import { entryMetadata, type KeptPartEntry, type PartEntry } from './part-entries.ts'
import { Session, type Shares } from './session.ts'
import type { StepParts, StepPlace } from './step-parts.ts'
import type { Writer } from './writer.ts'

export interface KeeperTools {
  place: StepPlace
  keep: Keep
  /** Aborted: nothing new is begun. */
  stop?: AbortSignal | undefined
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
  readonly #tools: KeeperTools
  readonly #session: Session
  readonly #covered: ReadonlySet<number>
  /** By segment: prompts whose answers are still to come. Without its text if that is not to be kept with the answer. */
  readonly #prompts = new Map<string, { prompt?: string; put: Promise<void> }>()
  /** Null if each answer has an object of its own, and nothing else needs to be kept with it. */
  readonly #groups: GroupCommit | null
  /** Answers that have come and are not in a group yet. */
  #arriving = 0
  #failure: { error: unknown } | null = null
  #closing: Promise<void> | null = null

  constructor(tools: KeeperTools) {
    this.#tools = tools
    this.parts = tools.parts
    const { keep, stop } = tools
    const grouped = keep.items === 'packed' || keep.prompts === 'packed'
    this.#session = new Session(tools.place, { ...tools, grouped })
    const put = (entries: PartEntry[]) => this.#session.putGroup(entries.map((entry) => this.#grouped(entry)))
    this.#groups = grouped
      ? new GroupCommit({ put, isWaiting: () => this.#prompts.size + this.#arriving > 0, stop })
      : null
    const items = [...(tools.shares?.values() ?? [])].flat()
    this.#covered = new Set(items.map(({ item_index }) => item_index))
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
    const put = Promise.resolve(before).then(() => this.#putPrompt(key, prompt))
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
    const arrived = this.#arrives()
    await this.#write(entry, async () => {
      const [prompt] = await Promise.allSettled([asked?.put])
      if (prompt.status === 'fulfilled' && !this.#packsPrompt(entry)) delete entry.prompt
      arrived()
      await this.#putAnswer(entry)
      if (prompt.status === 'rejected') throw prompt.reason
      delete entry.unwritten
    }).finally(arrived)
  }

  /** A group waits for an answer that has come. Returns what is to be called when it is in a group. */
  #arrives(): () => void {
    this.#arriving += 1
    let isHere = false
    return () => {
      if (!isHere) this.#arriving -= 1
      isHere = true
    }
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
    const prompt = entry.prompt === undefined || isPacked ? null : this.#putPrompt(segment, entry.prompt)
    await Promise.all([prompt, this.#tools.keep.items === 'packed' ? null : this.#putFiles(entry)])
    if (!isPacked) delete entry.prompt
    delete entry.unwritten
  }

  #packsPrompt({ kept }: KeptPartEntry): boolean {
    return this.#tools.keep.prompts === 'packed' && kept.line.segment !== ''
  }

  /** How an entry stands in a group: one that is to have objects, too, may be there before them. */
  #grouped(entry: PartEntry): PartEntry {
    if ('spent' in entry) return entry
    const { unwritten: _unwritten, ...written } = entry
    return this.#tools.keep.items === 'packed' ? written : entry
  }

  #putEntry(entry: PartEntry): Promise<void> {
    return this.#groups?.add(entry) ?? this.#session.putEntry(entry)
  }

  #putPrompt(segment: string, prompt: string): Promise<void> {
    const { objects, ref, step } = this.#tools.place
    return objects.put(stepFiles(ref, step).prompt(segment === '' ? null : segment), prompt)
  }

  async #putAnswer(entry: KeptPartEntry): Promise<void> {
    if (entry.kept.line.segment === '') return this.#putEntry(entry)
    if (this.#groups === null) return this.#putFiles(entry)
    await Promise.all([this.#groups.add(entry), this.#tools.keep.items === 'packed' ? null : this.#putFiles(entry)])
  }

  /** The objects of an item: its answer with its entry, or else the reply that could not be used, and the entry by itself. */
  async #putFiles(entry: KeptPartEntry): Promise<void> {
    const { line, answer, reply } = entry.kept
    const { objects, ref, step } = this.#tools.place
    const files = stepFiles(ref, step)
    if (line.segment === '') return this.#session.putEntry(entry)
    const metadata = answer === null ? undefined : entryMetadata(entry.id, entry.kept)
    // First: an object that carries no entry must not be there alone.
    if (metadata === undefined && this.#groups === null) await this.#session.putEntry(entry)
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
