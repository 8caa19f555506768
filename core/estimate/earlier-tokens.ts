/** What the answers of a template took in earlier runs: the best guess at what they will take in the next one. */
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import type { Range } from '../money/range.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { readLedger } from '../versions/ledger.ts'
import { readRun } from '../versions/version-documents.ts'

export interface EarlierTokens {
  /** The runs the numbers come from, newest first: versions of the pipeline, or ids of one-off runs. */
  versions: string[]
  /** Answers the numbers come from. */
  answers: number
  /** Tokens of one item: the shortest tenth, the mean, the longest tenth. What was asked for twice counts twice. */
  input: Range
  output: Range
  /** UTF-8 bytes of an answer as it is kept, on average; null if none could be used. */
  answer_bytes: number | null
  /** Items that the newest of these runs asked for in this step. */
  items: number
}

// Old versions say little about today's prompts, and reading many would make a short command long.
const mostVersions = 5
const enoughAnswers = 200
const mostLines = 10_000

interface Found {
  ref: VersionRef
  step: ResolvedStep
  /** 0 is best: the same template and the same model. */
  rank: number
}

/**
 * Looks at the newest versions of the pipeline and at the newest one-off runs (a try-out with --first is one). Runs of the very
 * template come before those of an earlier text of it, then those of the same model before others. Null if there is none.
 */
export async function earlierTokens(store: Store, pipeline: string, step: ResolvedStep): Promise<EarlierTokens | null> {
  const found = await stepsLike(store, pipeline, step)
  const best = Math.min(...found.map(({ rank }) => rank))
  const tally = new Tally()
  for (const { ref, step: like } of found.filter(({ rank }) => rank === best)) {
    if (tally.answers >= enoughAnswers) break
    await tally.addRun(store, ref, like)
  }
  return tally.earlier()
}

async function stepsLike(store: Store, pipeline: string, step: ResolvedStep): Promise<Found[]> {
  const found: Found[] = []
  for (const ref of await newestRuns(store, pipeline)) {
    for (const like of await stepsOf(store, ref)) {
      const rank = rankOf(like, step)
      if (rank !== undefined) found.push({ ref, step: like, rank })
    }
  }
  return found
}

async function newestRuns(store: Store, pipeline: string): Promise<VersionRef[]> {
  const versions = pipeline === oneOffs ? [] : (await store.versions(pipeline)).slice(-mostVersions).reverse()
  // Their names are ULIDs, which sort by time.
  const tryOuts = (await store.list(`outputs/${oneOffs}`))
    .filter((name) => /^\w{26}\/$/.test(name))
    .slice(-mostVersions)
  return [
    ...versions.map((version) => ({ pipeline, version })),
    ...tryOuts.reverse().map((name) => ({ pipeline: oneOffs, version: name.slice(0, -1) })),
  ]
}

/** The steps of a run that a model answered; unreadable ones are left out. */
async function stepsOf(store: Store, ref: VersionRef): Promise<ResolvedStep[]> {
  try {
    const { stand_in, steps } = await readRun(store, ref)
    return stand_in ? [] : steps
  } catch (error) {
    if (error instanceof FileMissing || error instanceof RunFailed) return []
    throw error
  }
}

function rankOf(like: ResolvedStep, step: ResolvedStep): number | undefined {
  if (like.batch_mode !== step.batch_mode) return undefined
  const model = like.model === step.model ? 0 : 1
  if (like.template_sha256 === step.template_sha256) return model
  return like.prompt_name === step.prompt_name ? 2 + model : undefined
}

class Tally {
  readonly #versions: string[] = []
  readonly #input: number[] = []
  readonly #output: number[] = []
  readonly #bytes: number[] = []
  #items = 0

  get answers(): number {
    return this.#output.length
  }

  async addRun(store: Store, ref: VersionRef, { step }: ResolvedStep): Promise<void> {
    let asked = 0
    try {
      for await (const line of readLedger(store, ref, step)) {
        if (line.decision !== 'process' || line.model === null) continue
        asked += 1
        this.#add(line, ref)
        if (asked === mostLines) break
      }
    } catch (error) {
      if (!(error instanceof FileMissing || error instanceof RunFailed)) throw error
    }
    if (asked === 0) return
    if (this.#versions.length === 0) this.#items = asked
    this.#versions.push(ref.version)
  }

  #add(line: LedgerLine, { version }: VersionRef): void {
    this.#input.push(line.input_tokens + line.cache_read_tokens + line.cache_write_tokens)
    this.#output.push(line.output_tokens)
    // If a failed item has an answer in the array, it is an older one.
    if (line.answer_bytes !== null && line.answer_version === version)
      this.#bytes.push(line.answer_bytes[1] - line.answer_bytes[0])
  }

  earlier(): EarlierTokens | null {
    if (this.answers === 0) return null
    return {
      versions: this.#versions,
      answers: this.answers,
      input: spreadOf(this.#input),
      output: spreadOf(this.#output),
      answer_bytes: this.#bytes.length === 0 ? null : mean(this.#bytes),
      items: this.#items,
    }
  }
}

function spreadOf(amounts: number[]): Range {
  const sorted = [...amounts].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const likely = mean(amounts)
  return { low: Math.min(at(0.1), likely), likely, high: Math.max(at(0.9), likely) }
}

function mean(amounts: number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length
}
