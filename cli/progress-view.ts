/** Shows a run while it goes: a live bar a step on a terminal, a plain line now and then elsewhere. */

import { nothingSpent, plus } from '../core/money/spending.ts'
import type { Progress } from '../core/run-events.ts'
import { pauseText } from './pause-text.ts'
import { barText, type StepProgress, stepLine } from './progress-text.ts'
import type { Terminal } from './terminal.ts'

// A bar that moves ten times a second looks live; a log wants a line every ten seconds.
const barInterval = 100
const lineInterval = 10_000

export class ProgressView {
  readonly #terminal: Terminal
  readonly #verbose: boolean
  /** Only what a person should know, and the bar while it goes. */
  readonly #brief: boolean
  #step: StepProgress | null = null
  #shown = 0
  #held = false
  /** Whether counts of the step have come. */
  #counted = false
  #timer: NodeJS.Timeout | null = null
  /** The version that was begun, if any. */
  version: { pipeline: string; version: string; base: string | null } | null = null

  constructor(terminal: Terminal, { verbose, brief = false }: { verbose: boolean; brief?: boolean }) {
    this.#terminal = terminal
    this.#brief = brief
    this.#verbose = verbose
  }

  readonly report = (event: Progress): void => {
    if (event.type === 'step') this.#begin(event)
    else if (event.type === 'item') this.#count(event)
    else if (event.type === 'spent') this.#spend(event)
    else if (event.type === 'counts') this.#countAll(event)
    else if (event.type === 'step_done') this.#finish()
    else this.#tell(event)
  }

  #tell(event: Exclude<Progress, { type: 'step' | 'item' | 'spent' | 'counts' | 'step_done' }>): void {
    if (event.type === 'opened') {
      this.version = event
      if (!this.#brief) this.message(`${event.folder} (${event.mode}${event.base === null ? '' : ` on ${event.base}`})`)
    } else if (event.type === 'message') {
      if (event.level === 'warning') this.message(`Warning: ${event.text}`)
      else if (!this.#brief) this.message(event.text)
    } else if (event.type === 'paused') {
      this.message(`${pauseText(event)}. Press Ctrl-C to stop; the answers so far are kept.`)
    } else if (event.type === 'went_on') {
      this.message('The API answers again; the run continues.')
    } else {
      if (event.type === 'retry') this.#wait(event)
      if (this.#verbose) this.message(verboseText(event))
    }
  }

  /** Takes the bar away while something else stands in its place, and brings it back. */
  hold(held: boolean): void {
    if (held) this.#erase()
    this.#held = held
    this.#draw()
  }

  /** A line above the bar. */
  message(text: string): void {
    this.#erase()
    this.#terminal.note(`${text}\n`)
    this.#draw()
  }

  /** Calls that wait to be made again; told each, and with --verbose in a line each. */
  #wait({ item_id, retry: { wait_ms, kind } }: Progress & { type: 'retry' }): void {
    this.#step?.waiting.set(item_id, { until: performance.now() + wait_ms, kind })
  }

  #begin({ type: _type, ...step }: Progress & { type: 'step' }): void {
    const now = performance.now()
    this.#step = {
      ...step,
      started: now,
      answered: 0,
      failed: 0,
      kept: 0,
      unseen: 0,
      spent: nothingSpent,
      heldBack: null,
      waiting: new Map(),
    }
    this.#counted = false
    this.#shown = now
    if (!this.#terminal.isLive) return
    this.#draw()
    this.#timer = setInterval(() => this.#draw(), barInterval * 5)
    this.#timer.unref()
  }

  #count({ item_id, state, spending, held_back }: Progress & { type: 'item' }): void {
    const step = this.#step
    if (step === null) return
    step.waiting.delete(item_id)
    step[state] += 1
    step.heldBack = held_back
    if (spending !== null) step.spent = plus(step.spent, spending)
    this.#showSometimes(step)
  }

  #spend({ spending }: Progress & { type: 'spent' }): void {
    if (this.#step !== null) this.#step.spent = plus(this.#step.spent, spending)
  }

  #countAll({ answered, failed, kept, spending }: Progress & { type: 'counts' }): void {
    if (this.#step === null) return
    Object.assign(this.#step, { answered, failed, kept, spent: spending })
    if (!this.#counted) this.#step.unseen = answered + failed
    this.#counted = true
    this.#showSometimes(this.#step)
  }

  #showSometimes(step: StepProgress): void {
    const now = performance.now()
    if (now - this.#shown < (this.#terminal.isLive ? barInterval : lineInterval)) return
    this.#shown = now
    if (this.#terminal.isLive) this.#draw()
    else if (!this.#brief) this.#terminal.note(`${stepLine(step, now)}\n`)
  }

  #finish(): void {
    this.#erase()
    if (this.#step !== null && !this.#brief) this.#terminal.note(`${stepLine(this.#step, performance.now())}\n`)
    this.#step = null
    this.#stopTimer()
  }

  #draw(): void {
    if (this.#step === null || this.#held || !this.#terminal.isLive) return
    this.#terminal.bar(barText(this.#step, performance.now(), this.#terminal.columns))
  }

  #erase(): void {
    if (this.#terminal.isLive) this.#terminal.bar('')
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  close(): void {
    this.#erase()
    this.#step = null
    this.#stopTimer()
  }
}

function verboseText(event: Progress & { type: 'variables' | 'retry' }): string {
  if (event.type === 'variables')
    return `Variables of step ${event.step} (${event.prompt_name}): ${event.names.join(', ')}`
  const { attempt, wait_ms, message } = event.retry
  return `Retry: step ${event.step}, item ${event.item_id}, after attempt ${attempt}, in ${(wait_ms / 1000).toFixed(1)} s: ${message}`
}
