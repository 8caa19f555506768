/** The spend account of a version: work/purse.jsonl, a line a change. A reservation is in it before its call goes out. */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { roundedDollars } from '../../core/money/spending.ts'
import type { SpendAccount } from '../../core/store.ts'
import { cutTornLine } from './journal.ts'
import type { FolderLease } from './lease.ts'
import { makeFolder } from './make-folder.ts'
import { writingNow } from './unwritable.ts'

const entry = z.union([
  z.object({ limit_usd: z.number().nullable(), spent_usd: z.number(), own_usd: z.number().nullable().optional() }),
  z.object({ reserved_usd: z.number(), actual_usd: z.number().optional() }),
])
type Entry = z.infer<typeof entry>

/** Read at once. A change takes some 60 bytes. */
const blockBytes = 1024 * 1024

export interface SpendAccountTools {
  file: string
  /** The workspace path of the file. */
  path: string
  /** Of the version, if this store holds it. */
  lease: FolderLease | undefined
}

export interface SpendAccountStart {
  /** Undefined keeps the current limit. */
  limit_usd: number | null | undefined
  /** What a new spend account begins with. */
  spent_usd: number
  /** The version's own limit; undefined: it is that. */
  own_usd?: number | null | undefined
}

/** Opens a spend account; null if there is none and no limit is given. Throws StoreUnwritable. */
export function openSpendAccount(
  tools: SpendAccountTools,
  { limit_usd, spent_usd, own_usd }: SpendAccountStart,
): FolderSpendAccount | null {
  const isNew = !existsSync(tools.file)
  if (isNew && limit_usd === undefined) return null
  const file = writingNow(tools.path, () => openFile(tools.file))
  try {
    const account = new FolderSpendAccount(tools, file)
    if (limit_usd !== undefined)
      account.begin({ limit_usd, spent_usd: isNew ? spent_usd : 0, ...(own_usd !== undefined && { own_usd }) })
    if (account.hasLimit) return account
    // Its first lines are damaged: the caller that knows the limit sets it, and the sum continues.
    closeSync(file)
    return null
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function openFile(file: string): number {
  makeFolder(dirname(file))
  const opened = openSync(file, 'a+')
  // A call whose reservation was not written whole was never made.
  cutTornLine(opened)
  return opened
}

export class FolderSpendAccount implements SpendAccount {
  readonly #tools: SpendAccountTools
  readonly #file: number
  #readTo = 0
  #limit: number | null | undefined
  #own: number | null | undefined
  #sum = 0
  #failure: unknown
  #closed = false

  /** `file`: open for reading and appending. */
  constructor(tools: SpendAccountTools, file: number) {
    this.#tools = tools
    this.#file = file
    this.#catchUp()
  }

  get limit_usd(): number | null {
    return this.#limit ?? null
  }

  get own_usd(): number | null {
    return this.#own === undefined ? this.limit_usd : this.#own
  }

  /** Whether a limit was ever set, even if it was lifted. */
  get hasLimit(): boolean {
    return this.#limit !== undefined
  }

  /** Sets the limit; `spent_usd` is added to the sum. */
  begin(entry: Extract<Entry, { limit_usd: unknown }>): void {
    this.#append(entry)
  }

  async reserve(usd: number): Promise<boolean> {
    this.#tools.lease?.check()
    this.#catchUp()
    if (this.limit_usd !== null && roundedDollars(this.#sum + usd) > this.limit_usd) return false
    this.#append({ reserved_usd: usd })
    return true
  }

  async settle(reserved_usd: number, actual_usd: number): Promise<void> {
    this.#append({ reserved_usd, actual_usd })
  }

  async spent(): Promise<number> {
    this.#catchUp()
    return this.#sum
  }

  async close(): Promise<void> {
    if (!this.#closed) closeSync(this.#file)
    this.#closed = true
  }

  /** After a failed write the last line may be torn, and must stay the last. */
  #append(entry: Entry): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      writingNow(this.#tools.path, () => appendFileSync(this.#file, `${JSON.stringify(entry)}\n`))
    } catch (error) {
      this.#failure = error
      throw error
    }
    this.#catchUp()
  }

  /** Reads the lines added since the last time, here or by another process with this spend account open. */
  #catchUp(): void {
    const { size } = fstatSync(this.#file)
    while (this.#readTo < size) {
      const bytes = Buffer.allocUnsafe(Math.min(blockBytes, size - this.#readTo))
      const read = bytes.subarray(0, readSync(this.#file, bytes, 0, bytes.length, this.#readTo))
      const whole = read.lastIndexOf(10) + 1
      // The beginning of a line that is still being written, or a block without a line break, which no change fills.
      if (whole === 0 && read.length < blockBytes) return
      this.#readTo += whole === 0 ? read.length : whole
      for (const line of read.toString('utf8', 0, whole).split('\n')) if (line !== '') this.#note(parseSpendEntry(line))
    }
  }

  #note(entry: Entry | undefined): void {
    if (entry === undefined) return
    if ('limit_usd' in entry) {
      this.#limit = entry.limit_usd
      this.#own = entry.own_usd
      this.#add(entry.spent_usd)
    } else if (entry.actual_usd === undefined) this.#add(entry.reserved_usd)
    else this.#add(entry.actual_usd - entry.reserved_usd)
  }

  #add(usd: number): void {
    this.#sum = roundedDollars(this.#sum + usd)
  }
}

/** Undefined for an invalid line, which a power failure may have left. */
export function parseSpendEntry(line: string): Entry | undefined {
  try {
    return entry.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
