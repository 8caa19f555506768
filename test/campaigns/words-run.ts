/** A run of two steps over words in which one item always fails, what must hold of it however it was interrupted, and what does not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import type { LedgerLine } from '../../core/documents.ts'
import type { KeptItem, RawReply } from '../../core/store.ts'
import { sha256 } from '../../core/text/ids.ts'
import { isObject } from '../../core/text/json.ts'
import type { PackedItem, PackedPrompt } from '../../core/versions/packs.ts'
import { isUnfinished } from '../../stores/folder/unfinished.ts'
import { promptOf } from '../anthropic-server/answer.ts'
import type { Ended, StartedCommand } from '../cli/command.ts'
import { faultyProgram, program } from '../program.ts'
import { billed, sum } from '../stories/billed.ts'
import { ofLines, Story } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { examine, findingLines } from './examine.ts'
import type { PlannedFault } from './faulty-cli.ts'

const jumpingClock = new URL('./jumping-clock.ts', import.meta.url).href
const verbs = ['Define', 'Rate']
const files = ['01_define.json', '02_rate.json']
export const request = 'pipelines/words.json'

/** The item whose answer can never be used. */
const failing = 'Define w3.'

export interface WordsSetting {
  items: number
  concurrency?: number
  latencyMs?: number
  /** Whether prompts and answers are packed. */
  packed?: boolean
}

/** What itemwise.yaml says if they are. */
export const packedKeep = 'keep: { prompts: packed, items: packed }\n'

export class WordsRun implements AsyncDisposable {
  readonly story: Story
  readonly #items: number
  readonly #packed: boolean
  /** Prompts whose answers were kept at the end of some process. */
  readonly #kept = new Set<string>()
  #judged = 0
  readonly flaws: string[] = []

  constructor(story: Story, { items, packed }: { items: number; packed: boolean }) {
    this.story = story
    this.#items = items
    this.#packed = packed
  }

  static async begin({ items, concurrency = 4, latencyMs = 0, packed = false }: WordsSetting): Promise<WordsRun> {
    const steps = [step1, step2].map((step) => ({ ...step, max_concurrency: concurrency }))
    const settings = `answer_timeout_seconds: 5\n${packed ? packedKeep : ''}`
    const story = await Story.begin({ ...wordFiles(items, steps), 'itemwise.yaml': settings }, { latencyMs })
    story.api.answer = ({ prompt }) => (prompt.startsWith(failing) ? 'I would rather not.' : undefined)
    return new WordsRun(story, { items, packed })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.story[Symbol.asyncDispose]()
  }

  /** Begins, or goes on, with a store that fails as planned. */
  startFaulty(fault: PlannedFault): StartedCommand {
    const words = this.isBegun ? ['resume', 'words'] : ['run', request]
    return this.story.startProgram({ file: faultyProgram, env: { ITEMWISE_FAULT: JSON.stringify(fault) } }, ...words)
  }

  /** Begins, or goes on, with the real command line; `jumps`: the seed of a wall clock that jumps. */
  start({ jumps }: { jumps?: number } = {}): StartedCommand {
    const words = this.isBegun ? ['resume', 'words'] : ['run', request]
    if (jumps === undefined) return this.story.start(...words)
    const env = { NODE_OPTIONS: `--import=${jumpingClock}`, ITEMWISE_JUMPS: String(jumps) }
    return this.story.startProgram({ file: program, env }, ...words)
  }

  get isBegun(): boolean {
    return this.story.has('outputs/words/v0/metadata.json')
  }

  get isCompleted(): boolean {
    return this.isBegun && this.story.metadata('words/v0').status === 'completed'
  }

  /** To be called when a process has ended: what it asked for that was kept before, and what is kept now. */
  judge(): void {
    const fresh = this.story.sent.slice(this.#judged).map(({ body }) => nameOf(promptOf(body)))
    this.#judged = this.story.sent.length
    for (const name of fresh)
      if (this.#kept.has(name)) this.flaws.push(`${name} was asked for again, but its answer was kept`)
    for (const [at, verb] of verbs.entries()) {
      const journal = `outputs/words/v0/work/0${at + 1}_journal.jsonl`
      if (!this.story.has(journal)) continue
      for (const { kept, reply } of ofLines<{ kept?: KeptItem; reply?: RawReply }>(this.story.read(journal))) {
        if (kept !== undefined && kept.answer !== null) this.#kept.add(`${verb} w${kept.line.item_index}`)
        // What came back is as good as kept, but for the reply that cannot be used and is asked for twice.
        const name = reply === undefined ? failing : `${verb} w${reply.item_index}`
        if (!failing.startsWith(name)) this.#kept.add(name)
      }
    }
  }

  /** Resumes, or begins where nothing was begun, with the real command line and a disk that works. */
  async goOn(): Promise<Ended> {
    const words = this.isBegun ? ['resume', 'words'] : ['run', request]
    const ended = await this.story.run(...words)
    this.judge()
    if (ended.code !== 3) this.flaws.push(`${words.join(' ')} ended with ${ended.code}: ${ended.err}`)
    return ended
  }

  /** The doctor with --fix, and that it finds nothing afterwards. Returns what it found. */
  async doctor(): Promise<string[]> {
    const found = await examine(this.story.root, { fix: true })
    const again = await examine(this.story.root, { fix: false })
    if (again.code !== 0) this.flaws.push(`the doctor still finds ${findingLines(again).join(', ')}`)
    return findingLines(found)
  }

  /** What must hold of the version when it is completed. */
  checkCompleted(): void {
    const { story } = this
    if (!this.isCompleted) {
      this.flaws.push(this.isBegun ? `the version is ${story.metadata('words/v0').status}` : 'there is no version')
      return
    }
    const { stats } = story.metadata('words/v0')
    const lines = files.flatMap((file, at) => this.#checkStep(at + 1, file))
    const counted = { ...sum([stats]), items: stats.items, failed: stats.failed }
    const expected = { ...sum(lines), items: this.#items, failed: 1 }
    this.#same('the record', counted, expected)
    if (!story.has('outputs/words/latest/metadata.json')) this.flaws.push('latest leads nowhere')
    if (story.has('outputs/words/v0/work')) this.flaws.push('work/ is left')
  }

  /** Where no call is lost: what the API billed, for replies that could not be used too, is what the record says was spent. */
  checkBilled(): void {
    if (!this.isCompleted) return
    const answered = this.story.sent.filter(({ usage }) => usage !== undefined)
    this.#same('what was spent', sum([this.story.metadata('words/v0').stats]), sum(answered.map(billed)))
  }

  /** Each item once, in order, and the answer of each where the ledger says. */
  #checkStep(step: number, file: string): LedgerLine[] {
    const lines = this.story.ledger('words/v0', step)
    const wanted = Array.from({ length: this.#items }, (_, at) => at + 1).filter((index) => step === 1 || index !== 3)
    this.#same(
      `the ledger of step ${step}`,
      lines.map(({ item_index }) => item_index),
      wanted,
    )
    const text = Buffer.from(this.story.read(`outputs/words/v0/collated/${file}`))
    const cut = lines.flatMap(({ answer_bytes }) =>
      answer_bytes === null ? [] : [JSON.parse(text.subarray(...answer_bytes).toString())],
    )
    this.#same(`the array of step ${step}`, cut, JSON.parse(text.toString()))
    if (this.#packed) this.#checkPacks(step, lines)
    for (const { state, segment, item_index } of this.#packed ? [] : lines) {
      if (state !== 'answered') continue
      const path = `outputs/words/v0/items/${segment}/0${step}_output.json`
      const own = this.story.has(path) ? this.story.read(path) : ''
      if (!isObject(parsed(own))) this.flaws.push(`${path} of item ${item_index} is missing or damaged`)
    }
    const failed = lines.filter(({ state }) => state === 'failed').map(({ item_id }) => item_id)
    this.#same(
      `the errors of step ${step}`,
      this.story.errors('words/v0', step).map(({ item_id }) => item_id),
      failed,
    )
    return lines
  }

  /** Each answer once, the reply that could not be used, each prompt that was sent, and no file of a single item. */
  #checkPacks(step: number, lines: LedgerLine[]): void {
    const pack = (kind: 'items' | 'prompts') =>
      ofLines<PackedItem & PackedPrompt>(
        zstdDecompressSync(
          readFileSync(join(this.story.root, `outputs/words/v0/${kind}/0${step}_0000001-0001000.jsonl.zst`)),
        ).toString(),
      )
    const [items, prompts] = [pack('items'), pack('prompts')]
    const [indexes, sums] = [lines.map(({ item_index }) => item_index), lines.map((line) => line.answer_sha256)]
    const found = [items, prompts].map((entries) => entries.map(({ item_index }) => item_index))
    this.#same(`what is packed of step ${step}`, found, [indexes, indexes])
    const answers = items.map(({ answer }) => (answer === null ? null : sha256(answer)))
    this.#same(`the packed answers of step ${step}`, answers, sums)
    const sent = new Set(this.story.sent.map(({ body }) => promptOf(body)))
    const lost = prompts.filter(({ prompt }) => prompt === null || !sent.has(prompt))
    this.#same(`the packed prompts of step ${step} that were never sent`, lost, [])
    const folders = ['items', 'prompts'].flatMap((kind) => this.story.names(`outputs/words/v0/${kind}`))
    this.#same(
      'the files of single items',
      // What a killed process left half made is the doctor's.
      folders.filter((name) => !name.endsWith('.jsonl.zst') && !isUnfinished(name)),
      [],
    )
  }

  #same(what: string, found: unknown, wanted: unknown): void {
    const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
    if (a !== b) this.flaws.push(`${what} is ${a}, and should be ${b}`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function nameOf(prompt: string): string {
  return prompt.split(/[.:]/, 1)[0] ?? ''
}
