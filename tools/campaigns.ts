/**
 * `npm run campaigns`: every campaign in its long form, one after another (docs/reliability.md). Names choose some of them, `--seed` repeats
 * one: `npm run campaigns -- fuzz damage --seed 7`. Ends with 1 where something did not hold.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runVisibly } from './child-process.ts'

const folder = resolve(import.meta.dirname, '../test/campaigns')

/** What makes each of them long. */
export const campaigns: Record<string, string[]> = {
  'kill-points': ['--long'],
  kill: ['--kills', '40'],
  'many-items': ['--long'],
  'disk-errors': ['--long'],
  damage: ['--long'],
  'at-once': ['--long'],
  'server-faults': ['--long'],
  fuzz: ['--long'],
  interruptions: ['--long'],
  'hand-edits': ['--long'],
  'half-price': ['--long'],
  'half-price-many': ['--long'],
}

if (import.meta.main) process.exitCode = await main()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } })
  const unknown = positionals.filter((name) => campaigns[name] === undefined)
  if (unknown.length > 0) {
    console.error(`There is no campaign ${unknown.join(', ')}. Expected some of ${Object.keys(campaigns).join(', ')}.`)
    return 2
  }
  const seed = values.seed ?? String(Date.now() % 100_000)
  // In `npm test` a command that is not killed runs in the process of the test; here it has its own, as on a user's machine.
  process.env.ITEMWISE_TEST_PROCESSES = 'yes'
  const failed: string[] = []
  for (const name of positionals.length > 0 ? positionals : Object.keys(campaigns)) {
    console.log(`\n${name}`)
    const code = await runVisibly([join(folder, `${name}.ts`), '--seed', seed, ...campaigns[name]!])
    if (code !== 0) failed.push(name)
  }
  console.log(failed.length === 0 ? '\nAll held.' : `\nNot everything held in ${failed.join(', ')} (seed ${seed}).`)
  return failed.length === 0 ? 0 : 1
}
