/**
 * Asks on Ctrl-C whether to detach from a run on AWS, which outlives this command. Without a terminal the command detaches. A
 * second Ctrl-C detaches at once.
 */
import { RunInterrupted } from '../../../core/errors.ts'
import type { Progress } from '../../../core/run-events.ts'
import type { ProgressView } from '../../progress-view.ts'
import type { Terminal } from '../../terminal.ts'

export interface DetachTools {
  view: ProgressView
  ask: Terminal['ask']
  /** Stops the run. */
  abort: () => Promise<void>
}

const question = 'The run continues on AWS. Press Enter to keep watching, l to leave it running, or a to abort it: '

export class DetachPrompt {
  readonly #tools: DetachTools
  readonly #left = new AbortController()
  readonly #over = new AbortController()
  /** What happens while the question stands is shown after it. */
  #held: Progress[] | null = null
  #aborting = false

  constructor(tools: DetachTools) {
    this.#tools = tools
    process.on('SIGINT', this.#interrupt)
    process.on('SIGTERM', this.#leave)
    process.on('SIGHUP', this.#leave)
  }

  /** Aborted: nobody wants to watch any more. */
  get signal(): AbortSignal {
    return this.#left.signal
  }

  readonly report = (event: Progress): void => {
    if (this.#held === null) this.#tools.view.report(event)
    else this.#held.push(event)
  }

  readonly #interrupt = (): void => {
    if (this.#left.signal.aborted) process.exit(130)
    if (this.#tools.ask === null || this.#held !== null || this.#aborting) this.#leave()
    else void this.#ask(this.#tools.ask)
  }

  readonly #leave = (): void => {
    this.#left.abort(new RunInterrupted('No longer watched.'))
  }

  async #ask(ask: NonNullable<Terminal['ask']>): Promise<void> {
    const { view } = this.#tools
    this.#held = []
    view.hold(true)
    const unwanted = AbortSignal.any([this.#left.signal, this.#over.signal])
    const answer = await this.#answer(ask, unwanted)
    this.#showHeld()
    if (this.#over.signal.aborted) return
    if (answer === 'l') this.#leave()
    if (answer === 'a') await this.#abort()
  }

  /** One of the answers; anything else is asked again. */
  async #answer(ask: NonNullable<Terminal['ask']>, unwanted: AbortSignal): Promise<string> {
    for (;;) {
      const answer = (await ask(question, unwanted).catch(() => 'l')).trim().toLowerCase()
      if (['', 'l', 'a'].includes(answer)) return answer
    }
  }

  async #abort(): Promise<void> {
    const { view, abort } = this.#tools
    this.#aborting = true
    view.message('Stopping the run: no new calls; waiting for calls in progress. Press Ctrl-C again to leave.')
    await abort().catch((error) => {
      this.#aborting = false
      view.message(`Warning: The run could not be stopped: ${(error as Error).message}`)
    })
  }

  #showHeld(): void {
    const held = this.#held ?? []
    this.#held = null
    this.#tools.view.hold(false)
    for (const event of held) this.#tools.view.report(event)
  }

  /** The run has ended: whatever is asked has no use any more. */
  end(): void {
    this.#showHeld()
    this.#over.abort()
    process.off('SIGINT', this.#interrupt)
    process.off('SIGTERM', this.#leave)
    process.off('SIGHUP', this.#leave)
  }
}
