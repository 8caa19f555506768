/** What every campaign is: a seed it prints, a short and a long form, and one closing line with counts. */
import { parseArgs } from 'node:util'
import { randomNumbers } from './kill.ts'

/** Numbers from 0 to 1, the same for the same seed. */
export type Random = () => number

export interface Begun {
  seed: number
  random: Random
  long: boolean
}

export interface Campaign<Report extends { flaws: string[] }> {
  run: (begun: Begun) => Promise<Report>
  /** The closing line: what was tried and what came of it. */
  closing: (report: Report) => string
}

/** A campaign begun by a test, in its short form. */
export function short(seed: number): Begun {
  return { seed, random: randomNumbers(seed), long: false }
}

/** Runs a campaign from the command line: `npx node test/campaigns/<name>.ts --seed 7 --long`. */
export async function command<Report extends { flaws: string[] }>({ run, closing }: Campaign<Report>): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, long: { type: 'boolean', default: false } } })
  const seed = Number(values.seed ?? Date.now() % 100_000)
  console.log(`seed ${seed}`)
  const began = Date.now()
  const report = await run({ seed, random: randomNumbers(seed), long: values.long })
  for (const flaw of report.flaws) console.log(`FLAW: ${flaw}`)
  console.log(`${closing(report)}, ${report.flaws.length} flaws, ${Math.round((Date.now() - began) / 1000)} s`)
  if (report.flaws.length > 0) process.exitCode = 1
}

export function pick<Value>(values: readonly Value[], random: Random): Value {
  return values[Math.floor(random() * values.length)]!
}

/** From `from` to `to`, both included. */
export function between(from: number, to: number, random: Random): number {
  return from + Math.floor(random() * (to - from + 1))
}

/** Works on all, two at a time: that many processors there are. */
export async function twoAtATime<Value>(
  values: readonly Value[],
  work: (value: Value) => Promise<void>,
): Promise<void> {
  const left = [...values]
  const worker = async () => {
    for (let value = left.shift(); value !== undefined; value = left.shift()) await work(value)
  }
  await Promise.all([worker(), worker()])
}
