/**
 * Interrupts a run as terminals, shells and laptops do: SIGHUP, SIGSTOP and SIGCONT, a wall clock that jumps by hours. In none of
 * them a call is lost, so what the API billed is what the version says it spent, to the token.
 * `npx node test/campaigns/interruptions.ts --seed 7 --long`
 */
import type { StartedCommand } from '../cli/command.ts'
import { until } from '../stories/story.ts'
import { type Begun, between, type Campaign, command, pick, type Random, twoAtATime } from './campaign.ts'
import { WordsRun } from './words-run.ts'

export interface InterruptionsReport {
  runs: number
  hangUps: number
  stops: number
  /** Processes whose clock jumped. */
  jumps: number
  flaws: string[]
}

const acts = ['hang up', 'stop', 'jump', 'all'] as const
type Act = (typeof acts)[number]

const items = 40

export const interruptions: Campaign<InterruptionsReport> = {
  async run({ random, long }: Begun): Promise<InterruptionsReport> {
    const report: InterruptionsReport = { runs: 0, hangUps: 0, stops: 0, jumps: 0, flaws: [] }
    const rounds = Array.from({ length: long ? 10 : 1 }, () => acts).flat()
    await twoAtATime(rounds, async (act) => {
      await using run = await WordsRun.begin({ items, concurrency: 8, latencyMs: 25 })
      const interrupted = new InterruptedRun(run, { act, random, report, long })
      for (let process = 0; process < 3 && !run.isCompleted; process++) await interrupted.process()
      if (!run.isCompleted) await run.goOn()
      report.runs += 1
      run.checkCompleted()
      run.checkBilled()
      report.flaws.push(...run.flaws.map((flaw) => `${act}: ${flaw}`))
    })
    return report
  },
  closing: ({ runs, hangUps, stops, jumps }) =>
    `${runs} runs with ${hangUps} hang-ups, ${stops} stops and ${jumps} processes with a jumping clock`,
}

class InterruptedRun {
  readonly #run: WordsRun
  readonly #how: { act: Act; random: Random; report: InterruptionsReport; long: boolean }

  constructor(run: WordsRun, how: { act: Act; random: Random; report: InterruptionsReport; long: boolean }) {
    this.#run = run
    this.#how = how
  }

  /** Begins, or goes on, with one interruption on the way. */
  async process(): Promise<void> {
    const { act, random, report } = this.#how
    const jumps = act === 'jump' || act === 'all'
    if (jumps) report.jumps += 1
    const started = this.#run.start(jumps ? { jumps: Math.floor(random() * 1e9) } : {})
    let ended = false
    const end = () => {
      ended = true
    }
    started.ended.then(end, end)
    const calls = this.#run.story.sent.length + between(4, items, random)
    await until(() => ended || this.#run.story.sent.length >= calls)
    const what = act === 'all' ? pick(['hang up', 'stop'] as const, random) : act
    if (what === 'hang up') this.#hangUp(started)
    if (what === 'stop') await this.#stop(started)
    const { code, err } = await started.ended
    this.#run.judge()
    if (code !== 130 && code !== 3) this.#run.flaws.push(`a process ended with ${code}: ${err}`)
  }

  /** As a shell and the system do, both at once. */
  #hangUp(started: StartedCommand): void {
    this.#how.report.hangUps += 1
    started.signal('SIGHUP')
    started.signal('SIGHUP')
  }

  /** Ctrl-Z and fg, or a lid that is closed; in the long form for longer than an answer may take. */
  async #stop(started: StartedCommand): Promise<void> {
    const { random, report, long } = this.#how
    report.stops += 1
    started.signal('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, between(50, long ? 8000 : 1000, random)))
    started.signal('SIGCONT')
  }
}

if (import.meta.main) await command(interruptions)
