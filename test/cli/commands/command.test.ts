import { expect, expectTypeOf, test } from 'vitest'
import { choice, command, type FlagsOf, option, type WordsOf } from '../../../cli/commands/command.ts'
import { fakeTerminal } from '../fake-terminal.ts'

test('words and flags have the types that usage and options declare', () => {
  expectTypeOf<WordsOf<'serve'>>().toEqualTypeOf<[]>()
  expectTypeOf<WordsOf<'show <pipeline> [version] [item]'>>().toEqualTypeOf<[string, string?, string?]>()
  expectTypeOf<WordsOf<'rerun <pipeline> [ids...]'>>().toEqualTypeOf<[string, ...string[]]>()
  const options = [
    option('--dry-run', ''),
    option('--note, --notes <text>', ''),
    option('--only <ids...>', ''),
    option('--max-cost <usd>', '', Number),
    choice('--format <format>', '', ['csv', 'json']),
  ] as const
  expectTypeOf<FlagsOf<typeof options>>().toEqualTypeOf<{
    dryRun?: boolean
    notes?: string
    only?: string[]
    maxCost?: number
    format?: 'csv' | 'json'
  }>()
})

test('a handler that takes other words or flags than are declared does not compile', async () => {
  const about = { usage: 'greet <name>', does: '', example: '', options: [option('--loud', '')] } as const
  const greet = async ([name]: [string], { loud, json }: { loud?: boolean; json?: boolean }) =>
    name.length + Number(loud) + Number(json)
  const greeting = command({ ...about, load: async () => greet })
  expect(await greeting.run(['Ada'], { loud: true, json: true }, fakeTerminal({}))).toBe(5)
  // @ts-expect-error: other words
  command({ ...about, usage: 'greet [name]', load: async () => greet })
  const quiet = async (_words: [string], { quiet }: { quiet?: boolean }) => Number(quiet)
  // @ts-expect-error: a flag that is not declared
  command({ ...about, load: async () => quiet })
  const counting = async (_words: [string], { loud = 0 }: { loud?: number }) => loud
  // @ts-expect-error: a flag of another type
  command({ ...about, load: async () => counting })
})
