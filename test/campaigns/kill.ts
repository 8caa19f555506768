/**
 * Kills a run with SIGKILL at random moments, or hangs up on it, with pauses in between, and resumes it, and says what was lost or paid for twice. By hand, in full:
 * `npx node test/campaigns/kill.ts --kills 20 --seed 7`.
 */
import { parseArgs } from 'node:util'
import type { LedgerLine, Spending } from '../../core/documents.ts'
import type { KeptItem, RawReply } from '../../core/store.ts'
import { promptOf } from '../anthropic-server/answer.ts'
import type { StartedCommand } from '../cli/command.ts'
import { billed, sum } from '../stories/billed.ts'
import { ofLines, type Sent, Story, until } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { packedKeep } from './words-run.ts'

export interface Campaign {
  kills: number
  items: number
  seed: number
  concurrency: number
  /** Whether prompts and answers are packed. */
  packed?: boolean
}

export interface KillReport {
  /** Kills that hit a process before it ended by itself. */
  kills: number
  /** Hang-ups (SIGHUP) that did. */
  hangUps: number
  /** Versions that were needed: after one is complete, the next begins. */
  versions: number
  /** Items without an answer in a collated array, by version and file. */
  missing: string[]
  /** Prompts of answers that were kept when the process was killed and that were asked for again. */
  askedAgain: string[]
  /** Kills after which more prompts were lost than calls can be under way, and hang-ups after which any was. */
  tooManyLost: string[]
  /** Ledger lines that say something else than the API billed for the call whose id they hold. */
  wrongLines: LedgerLine[]
  /** What the stats of the versions say was spent, and what the API billed for the answers that stand. */
  spent: Spending
  billed: Spending
}

const steps = [step1, step2]
const verbs = ['Define', 'Rate']
const files = ['01_define.json', '02_rate.json']

/** Runs a campaign in a workspace of its own. */
export async function killCampaign(campaign: Campaign): Promise<KillReport> {
  const { concurrency, items, packed = false } = campaign
  const limited = steps.map((step) => ({ ...step, max_concurrency: concurrency }))
  const files = { ...wordFiles(items, limited), ...(packed && { 'itemwise.yaml': packedKeep }) }
  await using story = await Story.begin(files, { latencyMs: 30 })
  return await new KillRun(story, campaign).run()
}

type Entry = { kept?: KeptItem; reply?: RawReply }

class KillRun {
  readonly #story: Story
  readonly #campaign: Campaign
  readonly #random: () => number
  readonly #report: KillReport
  #version = 0
  /** Prompts whose answers were kept at some kill of the version that is run. */
  #kept = new Set<string>()
  /** Requests that belong to processes that are gone. */
  #judged = 0

  constructor(story: Story, campaign: Campaign) {
    this.#story = story
    this.#campaign = campaign
    this.#random = randomNumbers(campaign.seed)
    const nothing = sum([])
    this.#report = {
      ...{ kills: 0, hangUps: 0, versions: 0, missing: [], askedAgain: [], tooManyLost: [], wrongLines: [] },
      ...{ spent: nothing, billed: nothing },
    }
  }

  async run(): Promise<KillReport> {
    while (this.#report.kills < this.#campaign.kills) await this.#start({ kill: true })
    while (this.#isBegun()) await this.#start({ kill: false })
    return this.#report
  }

  /** Runs or resumes, to the end or to the next kill. */
  async #start({ kill }: { kill: boolean }): Promise<void> {
    const words = this.#isBegun() ? ['resume', 'words'] : ['run', 'pipelines/words.json']
    const command = this.#story.start(...words)
    const killed = kill ? this.#interruptAtRandom(command) : Promise.resolve()
    const { code, err } = await command.ended
    await killed
    await until(() => this.#story.server.requests.every(({ body }) => body !== undefined))
    if (code !== null && code !== 0 && code !== 130) throw new Error(`${words[0]} ended with ${code}:\n${err}`)
    // One that is hung up on loses nothing: calls under way come to their ends.
    this.#judge(code === null ? this.#campaign.concurrency : 0)
    if (code === null) this.#report.kills += 1
    if (code === 130) this.#report.hangUps += 1
    if (this.#isCompleted()) this.#finish()
    else this.#noteKept()
  }

  /** After some further calls have come in and a moment more, or after a while whatever came in. */
  async #interruptAtRandom(command: StartedCommand): Promise<void> {
    const { items, kills } = this.#campaign
    const calls = this.#judged + Math.floor((this.#random() * 2 * steps.length * items) / kills)
    const moment = this.#random() * 40
    const latest = 200 + this.#random() * 3000
    const [pauses, hangsUp] = [this.#random() < 0.3, this.#random() < 0.25]
    let ended = false
    const end = () => {
      ended = true
    }
    command.ended.then(end, end)
    const began = Date.now()
    await until(() => ended || Date.now() - began > latest || this.#story.sent.length > calls)
    await new Promise((resolve) => setTimeout(resolve, moment))
    if (pauses) {
      command.signal('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, moment * 10))
      command.signal('SIGCONT')
    }
    command.signal(hangsUp ? 'SIGHUP' : 'SIGKILL')
  }

  get #folder(): string {
    return `outputs/words/v${this.#version}`
  }

  #isBegun(): boolean {
    return this.#story.has(`${this.#folder}/metadata.json`)
  }

  #isCompleted(): boolean {
    return this.#isBegun() && this.#story.metadata(`words/v${this.#version}`).status === 'completed'
  }

  /** Compares the calls since the last kill with what was kept then. */
  #judge(mostLost: number): void {
    const fresh = this.#story.sent.slice(this.#judged).map(nameOf)
    this.#judged = this.#story.sent.length
    this.#report.askedAgain.push(...fresh.filter((prompt) => this.#kept.has(prompt)))
    if (this.#isCompleted()) return
    const kept = this.#keptNow()
    const lost = fresh.filter((prompt) => !kept.has(prompt))
    if (lost.length > mostLost)
      this.#report.tooManyLost.push(`${lost.length} lost at kill ${this.#report.kills + 1}, at most ${mostLost} can be`)
  }

  #noteKept(): void {
    this.#kept = this.#keptNow()
  }

  #keptNow(): Set<string> {
    const kept = verbs.flatMap((verb, at) => {
      const journal = `${this.#folder}/work/0${at + 1}_journal.jsonl`
      const lines = this.#story.has(journal) ? ofLines<Entry>(this.#story.read(journal)) : []
      // What came back is as good as kept.
      return lines.flatMap(({ kept, reply }) => {
        const item_index = kept?.line.item_index ?? reply?.item_index
        return item_index === undefined ? [] : [`${verb} w${item_index}`]
      })
    })
    return new Set(kept)
  }

  /** Counts a version that is complete and goes on to the next. */
  #finish(): void {
    const report = this.#report
    const version = `words/v${this.#version}`
    const sent = new Map(this.#story.sent.map((one) => [one.id, one]))
    const lines = steps.flatMap((_, at) => this.#story.ledger(version, at + 1))
    const bill = (line: LedgerLine) => sum([billed(sent.get(line.request_id ?? '')!)])
    for (const [at, file] of files.entries()) {
      const answered = new Set(this.#story.collated(version, file).map(({ nr }) => nr))
      for (let nr = 1; nr <= this.#campaign.items; nr++)
        if (!answered.has(nr)) report.missing.push(`${version} ${file} ${nr}`)
      if (this.#story.errors(version, at + 1).length > 0) report.missing.push(`${version}: errors in step ${at + 1}`)
    }
    report.wrongLines.push(...lines.filter((line) => JSON.stringify(sum([line])) !== JSON.stringify(bill(line))))
    report.spent = sum([report.spent, this.#story.metadata(version).stats])
    report.billed = sum([report.billed, ...lines.map(bill)])
    report.versions += 1
    this.#version += 1
    this.#kept = new Set()
  }
}

function nameOf({ body }: Sent): string {
  return promptOf(body).split(/[.:]/, 1)[0] ?? ''
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a report must be, but for the numbers that may be anything. */
export function flawless(report: KillReport): KillReport {
  return { ...report, missing: [], askedAgain: [], tooManyLost: [], wrongLines: [], spent: report.billed }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' }, seed: { type: 'string' } } })
  const seed = Number(values.seed ?? Date.now() % 100_000)
  console.log(`seed ${seed}`)
  for (const packed of [false, true]) {
    const kills = Math.ceil(Number(values.kills) / 2)
    const report = await killCampaign({ kills, items: 300, seed, concurrency: 16, packed })
    console.log(packed ? 'packed' : 'files', report)
    if (JSON.stringify(report) !== JSON.stringify(flawless(report))) process.exitCode = 1
  }
}
