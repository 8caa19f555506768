/** Renders prompts before anything is paid for, and reports what they lack. */

import type { PlanLine } from '../documents.ts'
import { ContextCheck } from '../money/context-check.ts'
import { itemVariables, missingText, promptOf, type Variables, variablesOfLine } from '../templates/questions.ts'
import { canBeWritten } from '../templates/template.ts'
import { templateNameFirst } from '../templates/template-name.ts'
import { NameClash } from '../templates/variables.ts'
import { isBlank } from '../text/blank.ts'
import { yamlId } from '../text/ids.ts'
import { type Json, parseJson } from '../text/json.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import type { Forecast, Forecasting } from './forecast-types.ts'
import type { ReadyStep } from './resolve-steps.ts'

/** Renders the prompts of items that are known, and gathers what they lack: one sentence a variable, not one an item. */
export class PromptCheck {
  readonly #ready: ReadyStep
  readonly #onPrompt: Forecasting['onPrompt']
  readonly #isRerun: boolean
  readonly #lacking = new Map<string, string[]>()
  readonly #clashes: string[] = []
  readonly #illFormed: string[] = []
  readonly #blank: string[] = []
  /** Ids of the items in which a variable is null. */
  readonly #nulls = new Map<string, string[]>()
  readonly #context: ContextCheck
  /** Optional variables that no item has offered yet. */
  readonly #unseen: Set<string>
  #areAllKnown = true
  #lines = 0
  #available: string[] = []
  first: Forecast['firstPrompt'] = null
  names: string[] | null = null

  constructor(ready: ReadyStep, { onPrompt, run, provider }: Pick<Forecasting, 'onPrompt' | 'run' | 'provider'>) {
    this.#ready = ready
    this.#onPrompt = onPrompt
    this.#context = new ContextCheck(ready.step, provider)
    this.#isRerun = run.mode === 'rerun'
    const { names, required } = ready.template
    this.#unseen = new Set(names.filter((name) => !required.includes(name) && name !== 'item' && name !== 'input'))
  }

  add(line: PlanLine): void {
    if (this.#unseen.size > 0) this.#lookForUnseen(line)
    if (line.decision !== 'process' || line.edit !== undefined) return
    this.#lines += 1
    if (line.item === null) {
      this.#noteRoots(line)
      this.#onPrompt?.(this.#ready, line, null)
    } else this.#render(line)
  }

  #render(line: PlanLine): void {
    const { step, template } = this.#ready
    try {
      const rendered = promptOf(line, step, template)
      this.names ??= variablesOfLine(line, step).names()
      if ('missing' in rendered) {
        this.#note(line, rendered)
        return
      }
      // In a later step it is that item's failure.
      if (isBlank(rendered.prompt) && step.input.from === 'file') this.#blank.push(line.item_id)
      if (rendered.illFormed) this.#illFormed.push(line.item_id)
      for (const name of rendered.nulls) this.#noteNull(name, line.item_id)
      this.#context.add(line.item_id, rendered.prompt)
      this.#onPrompt?.(this.#ready, line, rendered)
      this.first ??= { step: step.step, item_id: line.item_id, prompt: rendered.prompt }
    } catch (error) {
      if (!(error instanceof NameClash)) throw error
      // In a later step it is that item's failure.
      if (step.input.from === 'file') this.#clashes.push(`Item ${line.item_id}: ${error.message}. Rename one of them.`)
    }
  }

  /** Takes the content of an item that is carried over, which has no line of its own. */
  addCarried(item: Json): void {
    if (this.#unseen.size > 0 && this.#areAllKnown) this.#lookIn(() => itemVariables(item, null))
  }

  #lookForUnseen(line: PlanLine): void {
    if (line.item === null) this.#areAllKnown = false
    if (this.#areAllKnown) this.#lookIn(() => variablesOfLine(line, this.#ready.step))
  }

  #lookIn(variables: () => Variables): void {
    try {
      const { lookup, names } = variables()
      for (const name of this.#unseen) if (lookup(name) !== undefined) this.#unseen.delete(name)
      if (this.#available.length === 0) this.#available = names()
    } catch (error) {
      if (!(error instanceof NameClash)) throw error
    }
  }

  /** Of an item that is still to be asked for in the step before, what its root item offers is known already. */
  #noteRoots(line: PlanLine): void {
    const names = line.root === null ? null : rootNames(line.root)
    if (names === null) return
    const offered = new Set(names)
    const missing = this.#ready.template.required.filter((name) => name.startsWith('root__') && !offered.has(name))
    if (missing.length > 0) this.#note(line, { missing, names })
  }

  #noteNull(name: string, id: string): void {
    const ids = this.#nulls.get(name)
    if (ids === undefined) this.#nulls.set(name, [id])
    else ids.push(id)
  }

  #note(line: PlanLine, { missing, names }: { missing: string[]; names: string[] }): void {
    if (this.#lacking.size === 0) this.#available = names
    for (const name of missing) {
      const ids = this.#lacking.get(name) ?? []
      ids.push(line.item_id)
      this.#lacking.set(name, ids)
    }
  }

  /** In the first step every item must offer every variable; in a later one an item that does not fails by itself. */
  #refuses(ids: string[]): boolean {
    return this.#ready.step.input.from === 'file' || ids.length === this.#lines
  }

  problems(): string[] {
    const { step } = this.#ready
    const refused = [...this.#lacking].filter(([, ids]) => this.#refuses(ids))
    const lacking = refused.map(([name, ids]) => {
      const who = step.batch_mode
        ? `item${ids.length === 1 ? '' : 's'} ${someOf(ids)} lack${ids.length === 1 ? 's' : ''}`
        : 'the input lacks'
      return `${templateNameFirst(step)} uses ${missingText([name], this.#available).replace('. Available', `, which ${who}. Available`)}`
    })
    return [...lacking, ...this.#clashes.slice(0, 20), ...this.#blankProblem()]
  }

  #blankProblem(): string[] {
    const { step } = this.#ready
    if (this.#blank.length === 0) return []
    const path = templateNameFirst(step)
    if (!step.batch_mode)
      return [
        `${path} filled in with the input is blank. Expected text that can be seen; fill the input in, or add words to the template.`,
      ]
    const items = this.#blank.length === 1 ? 'item' : 'items'
    const others = this.#isRerun
      ? 'or rerun only other items, by their ids'
      : `or leave ${this.#blank.length === 1 ? 'it' : 'them'} out with this line in the step: batch_skip_items: [${[...step.skip_items, ...this.#blank].map(yamlId).join(', ')}]`
    return [
      `${path} filled in with ${items} ${someOf(this.#blank)} is blank. Expected text that can be seen; fill the ${items} in, add words to the template, ${others}`,
    ]
  }

  warnings(): string[] {
    return [...this.#unseenWarning(), ...this.#nullWarning(), ...this.#illFormedWarning(), ...this.#context.warnings()]
  }

  /** An optional variable may be missing from any item, but hardly from all. */
  #unseenWarning(): string[] {
    const { step } = this.#ready
    if (!this.#areAllKnown || this.#available.length === 0) return []
    const who = step.batch_mode ? 'no item has' : 'the input does not have'
    return [...this.#unseen].map(
      (name) =>
        `${templateNameFirst(step)} takes {${name}?}, which ${who}: it stays empty.${didYouMean(name, this.#available.filter(canBeWritten))}`,
    )
  }

  #nullWarning(): string[] {
    const { step } = this.#ready
    return [...this.#nulls].map(([name, ids]) => {
      const where = step.batch_mode ? `item${ids.length === 1 ? '' : 's'} ${someOf(ids)}` : 'the input'
      return `${templateNameFirst(step)}: {${name}} is null in ${where}, and the prompt says null there.`
    })
  }

  #illFormedWarning(): string[] {
    if (this.#illFormed.length === 0) return []
    return [
      `There is half of a surrogate pair in item${this.#illFormed.length === 1 ? '' : 's'} ${someOf(this.#illFormed)}. It is sent as U+FFFD (\uFFFD), which is all that UTF-8 has for it; ids keep it.`,
    ]
  }
}

/** Null if one name would mean two fields: the step that reads the root items has said so. */
function rootNames(root: string): string[] | null {
  try {
    return itemVariables({}, parseJson(root)).names()
  } catch (error) {
    if (error instanceof NameClash) return null
    throw error
  }
}
