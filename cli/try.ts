/**
 * `itemwise try`: sends an item or a few through a pipeline at once and shows prompt, answer, tokens and cost.
 * Long, since what one try sends, costs and shows is one story.
 */
import { BudgetReached, NothingToDo, RequestRefused } from '../core/errors.ts'
import { roundedDollars } from '../core/money/spending.ts'
import type { StartInput } from '../core/request/start-input.ts'
import { oneOffs, type Store } from '../core/store.ts'
import { isObject, type Json, jsonText } from '../core/text/json.ts'
import { findItem } from '../core/versions/find-item.ts'
import { processedItems } from '../core/versions/processed-items.ts'
import { fullPipelineName } from '../core/versions/versions.ts'
import type { RunResult } from '../runners/local.ts'
import { noteTry } from './last-try.ts'
import { countText, moneyText } from './number-text.ts'
import { placeFlags, type StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Place, Starting } from './places/place.ts'
import { requestOf } from './run.ts'
import { limitIn } from './run-options.ts'
import type { Terminal } from './terminal.ts'
import { documentOf, type TryRun } from './try-document.ts'
import { triedText } from './try-text.ts'
import { type Variant, variantsOf } from './try-variants.ts'
import { watchTemplates } from './watch-templates.ts'
import { findWorkspace, openWorkspace } from './workspace.ts'

export interface TryFlags extends StoreFlags {
  model?: string[]
  prompt?: string[]
  step?: string
  where?: string
  idsFrom?: string
  sample?: number
  seed?: number
  watch?: boolean
  maxCost?: number | 'none'
  offline?: boolean
  json?: boolean
  verbose?: boolean
}

type Words = [string, ...string[]]

/** Tries a request once, or again whenever a template is saved. Returns the exit code, as for a run. */
export async function tryOut(words: Words, flags: TryFlags, terminal: Terminal): Promise<number> {
  if (flags.watch && flags.json)
    throw new RequestRefused([
      '--watch shows the answers to a person, and --json is for scripts. Leave one of them out.',
    ])
  const place = await openPlace(flags, terminal)
  const trying = new Trying({ place, flags, words }, terminal)
  if (!flags.watch) return trying.once()
  const root = findWorkspace(terminal.cwd, flags.workspace)
  return watchTemplates(root, { again: (sending) => trying.once(sending) }, terminal)
}

interface Tools {
  place: Place
  flags: TryFlags
  words: Words
}

/** What one command tries, and what it has cost so far. */
class Trying {
  readonly #place: Place
  readonly #flags: TryFlags
  readonly #words: Words
  readonly #terminal: Terminal
  #spent = 0

  constructor({ place, flags, words }: Tools, terminal: Terminal) {
    this.#place = place
    this.#flags = flags
    this.#words = words
    this.#terminal = terminal
  }

  /** All variants, one after another. The request file is read anew. Throws what a run throws. */
  async once(sending?: (templates: readonly string[]) => Promise<void>): Promise<number> {
    const { request, where, variants } = await this.#asked()
    await sending?.(templatesOf(variants))
    const runs: TryRun[] = []
    const codes: number[] = []
    for (const variant of variants) codes.push(await this.#run(variant, { where, runs }))
    const store = await this.#place.store()
    if (runs.length > 0)
      await noteTry(
        store,
        { request: where, pipeline: pipelineOf(request) },
        runs.map(({ id }) => id),
      )
    await this.#show(store, runs)
    return Math.max(0, ...codes)
  }

  async #asked(): Promise<{ request: unknown; where: string; variants: Variant[] }> {
    const [file, ...ids] = this.#words
    const { where, idsFrom, sample, seed, model, prompt, step } = this.#flags
    const chosen = { where, idsFrom, sample, seed, workspace: this.#flags.workspace }
    const flags = { ...chosen, ...(ids.length > 0 && { only: ids }) }
    const asked = await requestOf(file, { flags, store: openWorkspace(this.#flags, this.#terminal) }, this.#terminal)
    const { request, choice } = asked
    return { request, where: choice.where ?? file, variants: variantsOf(request, { model, prompt, step }) }
  }

  async #run(variant: Variant, { where, runs }: { where: string; runs: TryRun[] }): Promise<number> {
    const [, ...ids] = this.#words
    const { sample, seed, idsFrom, offline = false } = this.#flags
    const isNamed = ids.length > 0 || idsFrom !== undefined || sample !== undefined
    const request = this.#limited(variant.request)
    const choice = { one_off: true, ...(isNamed ? {} : { first: 1 }) }
    const size = sample === undefined ? undefined : { count: sample, seed: seed ?? 1 }
    const end = async ({ version, stats }: RunResult) => {
      runs.push({ id: version, variant, stats })
      this.#spent += stats.cost_usd ?? 0
      return stats.failed > 0 ? 3 : 0
    }
    const drawn = sample === undefined ? {} : { sample, ...(seed !== undefined && { seed }) }
    const started: Starting = {
      flags: this.#flags as StoreFlags,
      start: { kind: 'run', request, where, ...choice, sample: size },
      input: { request, ...choice, ...drawn, offline } as StartInput,
      end,
    }
    try {
      return await this.#place.run(started)
    } catch (error) {
      if (!(error instanceof RequestRefused || error instanceof NothingToDo)) this.#spent += await this.#costOfNewest()
      throw error
    }
  }

  /** What a run has cost that did not come to its end: the newest one-off. */
  async #costOfNewest(): Promise<number> {
    const store = await this.#place.store()
    const newest = (await store.list(`outputs/${oneOffs}`)).at(-1)?.replace(/\/$/, '')
    const stats =
      newest === undefined ? undefined : (await store.version({ pipeline: oneOffs, version: newest }))?.metadata.stats
    return stats !== undefined && 'cost_usd' in stats ? (stats.cost_usd ?? 0) : 0
  }

  /** What is left of the limit is the limit of the next run. Throws BudgetReached if nothing is. */
  #limited(request: unknown): unknown {
    const limit = limitIn(this.#flags)
    if (limit === undefined || !isObject(request as Json)) return request
    const rest = request as object
    if (limit === null) return { ...rest, max_cost_usd: undefined }
    const left = roundedDollars(limit - this.#spent)
    if (left > 0) return { ...rest, max_cost_usd: left }
    throw new BudgetReached(
      `The limit of ${moneyText(limit)} (--max-cost) is spent: ${moneyText(this.#spent)}. Nothing more is asked.`,
      {
        limit_usd: limit,
        spent_usd: this.#spent,
      },
    )
  }

  async #show(store: Store, runs: readonly TryRun[]): Promise<void> {
    const items = [...new Set((await Promise.all(runs.map(({ id }) => idsOf(store, id)))).flat())]
    const found = await Promise.all(
      items.map(async (item) => ({ item, tries: await this.#triesOf(store, item, runs) })),
    )
    if (this.#flags.json) return this.#terminal.out(`${jsonText(documentOf(runs, found), 2)}\n`)
    for (const { item, tries } of found) this.#terminal.out(triedText(item, tries, this.#terminal.columns))
    this.#terminal.out(`\n${this.#sumText(runs)}\n`)
    this.#terminal.note(`Compare it: ${this.#compareCommand()}\n`)
  }

  #triesOf(store: Store, item: string, runs: readonly TryRun[]) {
    return Promise.all(
      runs.map(async ({ id, variant }) => {
        const steps = await findItem(store, { pipeline: oneOffs, version: id }, item)
        return { variant, steps: steps.filter(({ line }) => line?.decision === 'process') }
      }),
    )
  }

  #sumText(runs: readonly TryRun[]): string {
    const sum = (field: 'input_tokens' | 'cache_read_tokens' | 'cache_write_tokens' | 'output_tokens') =>
      runs.reduce((total, { stats }) => total + stats[field], 0)
    const input = sum('input_tokens') + sum('cache_read_tokens') + sum('cache_write_tokens')
    const costs = runs.map(({ stats }) => stats.cost_usd)
    const cost = costs.includes(null)
      ? 'cost unknown'
      : moneyText(costs.reduce<number>((all, one) => all + (one ?? 0), 0))
    const soFar = this.#flags.watch ? `; ${moneyText(this.#spent)} since the start` : ''
    return `One-off run ${runs.map(({ id }) => id).join(' and ')}: ${countText(input)} tokens in, ${countText(sum('output_tokens'))} out, ${cost}${soFar}.`
  }

  #compareCommand(): string {
    const name = this.#words[0].replace(/^pipelines\//, '').replace(/\.(ya?ml|json)$/, '')
    return `itemwise compare ${name} --last-try${placeFlags(this.#flags)}`
  }
}

async function idsOf(store: Store, version: string): Promise<string[]> {
  return [...(await processedItems(store, { pipeline: oneOffs, version }))]
}

function templatesOf(variants: readonly Variant[]): string[] {
  const steps = variants.flatMap(({ request }) =>
    isObject(request as Json) && Array.isArray((request as { steps?: unknown }).steps)
      ? ((request as { steps: Json[] }).steps ?? [])
      : [],
  )
  const names = steps.flatMap((step) =>
    isObject(step) && typeof step.prompt_name === 'string' ? [step.prompt_name] : [],
  )
  return [...new Set(names)].map((name) => `prompts/${name}.md`)
}

/** Null if it has none, or none that can be read. */
function pipelineOf(request: unknown): string | null {
  if (!isObject(request as Json)) return null
  const { pipeline_name, module_number, path_letter } = request as Record<string, unknown>
  if (typeof pipeline_name !== 'string') return null
  return fullPipelineName({
    pipeline_name,
    module_number: typeof module_number === 'number' ? module_number : undefined,
    path_letter: typeof path_letter === 'string' ? path_letter : undefined,
  })
}
