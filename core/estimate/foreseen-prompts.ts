/** What a run would send, gathered while `foresee` looks through it: a sample of each step's prompts, and how much of them is cached. */

import type { PlanLine } from '../documents.ts'
import { worthCachingIn } from '../money/caching.ts'
import { PromptSample } from '../money/prompt-sample.ts'
import type { Provider } from '../provider.ts'
import type { ReadyStep } from '../request/resolve-steps.ts'
import { itemVariables } from '../templates/questions.ts'
import { type Prompt, render } from '../templates/template.ts'
import { NameClash } from '../templates/variables.ts'
import { parseJson } from '../text/json.ts'

/** The beginnings that the prompts of a step share, where they are long enough to be cached. */
export interface SharedBeginnings {
  /** Prompts that begin with one. */
  prompts: number
  /** Different beginnings: each is written once. */
  different: number
  /** UTF-8 bytes of the beginnings of all these prompts. */
  bytes: number
  /** The first of them. */
  first: string | null
}

// Above this many different beginnings nothing is shared that would be worth holding.
const mostBeginnings = 200

/** The prompts of one step. Where the item is still to come, what is known: the template's own text and the root item's fields. */
export class ForeseenPrompts {
  readonly ready: ReadyStep
  readonly whole = new PromptSample()
  readonly partial = new PromptSample()
  readonly shared: SharedBeginnings = { prompts: 0, different: 0, bytes: 0, first: null }
  readonly #worthCaching: (sharedCharacters: number) => boolean
  readonly #beginnings = new Set<string>()
  #last = { text: '', bytes: 0 }

  constructor(ready: ReadyStep, provider: Provider) {
    this.ready = ready
    this.#worthCaching = worthCachingIn(ready.step, provider)
  }

  /** `rendered`: null where the item is still to come. */
  add(line: PlanLine, rendered: Prompt | null): void {
    const prompt = rendered ?? knownPart(this.ready, line)
    const sample = rendered === null ? this.partial : this.whole
    sample.add(prompt.prompt)
    if (this.#worthCaching(prompt.shared)) this.#addShared(prompt.prompt.slice(0, prompt.shared))
  }

  #addShared(text: string): void {
    if (this.shared.first === null || text !== this.#last.text) this.#addBeginning(text)
    this.shared.prompts += 1
    this.shared.bytes += this.#last.bytes
  }

  #addBeginning(text: string): void {
    this.shared.first ??= text
    this.#last = { text, bytes: Buffer.byteLength(text) }
    if (this.#beginnings.has(text)) return
    this.shared.different += 1
    if (this.#beginnings.size < mostBeginnings) this.#beginnings.add(text)
  }
}

function knownPart({ template, step }: ReadyStep, { root, fields }: PlanLine): Prompt {
  const lookup = rootLookup(step.batch_mode ? root : null)
  const rendered = render(template, (name) => lookup(name) ?? '', fields)
  if ('missing' in rendered) throw new Error('Nothing can be missing here.')
  return rendered
}

function rootLookup(root: string | null): (name: string) => string | undefined {
  if (root === null) return () => undefined
  try {
    return itemVariables({}, parseJson(root)).lookup
  } catch (error) {
    if (error instanceof NameClash) return () => undefined
    throw error
  }
}

/** The prompts of all steps of a run. */
export class ForeseenRun {
  readonly #steps = new Map<number, ForeseenPrompts>()
  readonly #provider: Provider

  constructor(provider: Provider) {
    this.#provider = provider
  }

  /** For `foresee`, which tells of each prompt that would be sent. */
  readonly add = (ready: ReadyStep, line: PlanLine, rendered: Prompt | null): void => {
    let prompts = this.#steps.get(ready.step.step)
    if (prompts === undefined) {
      prompts = new ForeseenPrompts(ready, this.#provider)
      this.#steps.set(ready.step.step, prompts)
    }
    prompts.add(line, rendered)
  }

  /** Undefined where nothing would be sent. */
  of(step: number): ForeseenPrompts | undefined {
    return this.#steps.get(step)
  }
}
