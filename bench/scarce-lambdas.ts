/**
 * Runs that ask for more Lambdas than are free, simulated: `npx node bench/scarce-lambdas.ts` prints the table of docs/scale.md. It
 * waits as the machine does (infra/retries.ts), and as it did before 2026-11-28.
 *
 * Long, since the simulation, its clock and its table are one thing. A chunk that ends leaves its Lambda free for a moment, until its Map starts the next child. Whoever asks in that moment has it.
 */
import { pathToFileURL } from 'node:url'
import { type Retrier, shortWait } from '../infra/retries.ts'
import { lambdasFor } from '../lambdas/lambda-share.ts'

export interface Case {
  /** Lambdas that the account has free. */
  free: number
  /** Chunks that each run would like to process at once. */
  asked: number
  runs: number
}

interface Work {
  /** Chunks of each run. */
  chunks: number
  /** Seconds of a chunk, on average. */
  seconds: number
}

export interface Policy {
  /** The waits between tries, in seconds, without jitter; then the pause, or the end of the child. */
  waits: number[]
  /** Seconds of the pause after the waits; null: the child fails, and with it the run. */
  pause: { least: number; most: number } | null
  /** Chunks at once that a run asks for. */
  share(asked: number, free: number): number
}

/** Seconds from the end of one child to the first call of the next. */
const gap = 0.2
const day = 24 * 3600

export const before: Policy = {
  waits: waitsOf({ ...shortWait, MaxAttempts: 29, MaxDelaySeconds: 60 }),
  pause: null,
  share: (asked) => asked,
}

export const now: Policy = {
  waits: waitsOf(shortWait),
  pause: { least: 300, most: 600 },
  share: (asked, free) => Math.min(asked, lambdasFor({ unreserved: free })),
}

function waitsOf({ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts }: Retrier): number[] {
  return Array.from({ length: MaxAttempts }, (_, at) => Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** at))
}

interface Child {
  run: number
  tries: number
}

export interface Outcome {
  /** Of each run: seconds until it ended, and whether it completed. */
  runs: { seconds: number; completed: boolean }[]
}

/** Lets runs work at the same time. `random`: from 0 up to 1. */
export function simulate(
  { free, asked, runs }: Case,
  policy: Policy,
  { chunks, seconds, random }: Work & { random: () => number },
): Outcome {
  const events = new Events()
  const most = policy.share(asked, free)
  const left = Array<number>(runs).fill(chunks)
  const open = Array<number>(runs).fill(0)
  const outcome: Outcome['runs'] = Array.from({ length: runs }, () => ({ seconds: 0, completed: false }))
  const failed = new Set<number>()
  let slots = free
  let lastWork = 0

  const start = (run: number, at: number) => {
    if (left[run] === 0) return
    left[run]! -= 1
    open[run]! += 1
    ask({ run, tries: 0 }, at)
  }
  const ask = (child: Child, at: number) => events.add(at, () => tryOnce(child, at))
  const end = (run: number, at: number, completed: boolean) => {
    outcome[run] = { seconds: at, completed }
    if (!completed) failed.add(run)
  }
  const tryOnce = (child: Child, at: number) => {
    const { run, tries } = child
    if (failed.has(run)) return
    if (slots > 0) return work(run, at)
    const wait = policy.waits[tries]
    if (wait !== undefined) return ask({ run, tries: tries + 1 }, at + wait * random())
    if (policy.pause === null || at - lastWork > day) return end(run, at, false)
    const { least, most: longest } = policy.pause
    ask({ run, tries: 0 }, at + least + (longest - least) * random())
  }
  const work = (run: number, at: number) => {
    slots -= 1
    const done = at + seconds * (0.5 + random())
    events.add(done, () => {
      slots += 1
      lastWork = done
      open[run]! -= 1
      if (failed.has(run)) return
      if (open[run] === 0 && left[run] === 0) end(run, done, true)
      start(run, done + gap)
    })
  }
  // One after the other, as people start them.
  for (let run = 0; run < runs; run++) for (let child = 0; child < most; child++) start(run, run * 10 + child * 0.05)
  events.play()
  return { runs: outcome }
}

/** What happens, in the order of time: a binary heap. */
class Events {
  readonly #heap: { at: number; happens: () => void }[] = []

  add(at: number, happens: () => void): void {
    const heap = this.#heap
    let place = heap.push({ at, happens }) - 1
    for (let parent = (place - 1) >> 1; place > 0 && heap[parent]!.at > at; parent = (place - 1) >> 1) {
      ;[heap[place], heap[parent]] = [heap[parent]!, heap[place]!]
      place = parent
    }
  }

  play(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) next.happens()
  }

  #take(): { happens: () => void } | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let place = 0; ; ) {
      const left = 2 * place + 1
      const child = heap[left + 1] !== undefined && heap[left + 1]!.at < heap[left]!.at ? left + 1 : left
      if (heap[child] === undefined || heap[child]!.at >= last.at) return first
      ;[heap[place], heap[child]] = [heap[child]!, heap[place]!]
      place = child
    }
  }
}

/** The same numbers each time (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Share of runs that failed, and how much longer than with every free Lambda at work the last of them took, over some repetitions. */
export function summary(
  one: Case,
  policy: Policy,
  { times, ...work }: Work & { times: number },
): { failed: number; slower: number } {
  let failed = 0
  let slower = 0
  for (let seed = 1; seed <= times; seed++) {
    const { runs } = simulate(one, policy, { ...work, random: numbersFrom(seed) })
    failed += runs.filter(({ completed }) => !completed).length
    const atBest = (one.runs * work.chunks * work.seconds) / Math.min(one.free, one.runs * one.asked)
    slower += Math.max(...runs.map(({ seconds }) => seconds)) / atBest
  }
  return { failed: failed / (times * one.runs), slower: slower / times }
}

const cases: Case[] = [1, 3].flatMap((runs) =>
  [
    [1, 8],
    [10, 8],
    [10, 12],
    [10, 40],
    [100, 40],
  ].map(([free = 0, asked = 0]) => ({ free, asked, runs })),
)

function table(): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`
  const rows = cases.map((one) => {
    // 200,000 items of which 25 take 9 s.
    const work = { chunks: 8000, seconds: 9, times: 20 }
    const [was, is] = [summary(one, before, work), summary(one, now, work)]
    const { free, asked, runs } = one
    return `| ${runs} | ${free} | ${asked} | ${percent(was.failed)} | ${percent(is.failed)} | ${is.slower.toFixed(2)} |`
  })
  return [
    '| runs at once | free Lambdas | asked for by each | runs that failed before | runs that fail now | time ÷ the shortest possible |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(table())
