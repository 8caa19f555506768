import { expect, test } from 'vitest'
import { confirmOn, startOverOn } from '../../cli/confirm.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { Estimate } from '../../core/estimate/estimate.ts'
import { nothing } from '../../core/money/range.ts'
import type { Foreseen } from '../../runners/estimate-run.ts'

const signal = new AbortController().signal

function costing(cost_usd: Estimate['cost_usd'], incomplete = false): Foreseen {
  const estimate: Estimate = {
    prices_of: '2026-11-22',
    requests: 3,
    input_tokens: nothing,
    output_tokens: nothing,
    cost_usd,
    live_usd: cost_usd,
    half_price_usd: nothing,
    live_seconds: 1,
    incomplete,
    steps: [],
    warnings: [],
  }
  return { estimate, unpriced: null }
}

const dear = costing({ low: 0.9, likely: 1.2, high: 2.1 })

/** A terminal on which somebody types this. */
class Typed {
  readonly questions: string[] = []
  readonly #line: string
  constructor(line: string) {
    this.#line = line
  }
  readonly ask = async (question: string) => {
    this.questions.push(question)
    return this.#line
  }
}

test.each(['y', 'Y', 'yes', ' yes '])('%j lets the run begin', async (line) => {
  const typed = new Typed(line)
  await confirmOn(typed, { yes: false, signal })?.(dear, 1)
  expect(typed.questions).toEqual(['This run will cost about $1.20 ($0.90 to $2.10). Continue? [y/N] '])
})

test.each(['', 'n', 'no', 'yo', 'sure'])('%j starts nothing', async (line) => {
  await expect(confirmOn(new Typed(line), { yes: false, signal })?.(dear, 1)).rejects.toThrow(
    new RequestRefused(['Not confirmed, so nothing was started.']),
  )
})

test('--yes asks nothing', () => {
  expect(confirmOn(new Typed('n'), { yes: true, signal })).toBeUndefined()
})

test('a run of which a part is not known says so', async () => {
  const typed = new Typed('y')
  await confirmOn(typed, { yes: false, signal })?.(costing({ low: 2, likely: 2, high: 2 }, true), 1)
  expect(typed.questions).toEqual([
    'This run will cost about $2.00, and more for steps whose requests are not known yet. Continue? [y/N] ',
  ])
})

test('where nobody can be asked, the run is refused with the way out', async () => {
  await expect(confirmOn({ ask: null }, { yes: false, signal })?.(dear, 1)).rejects.toThrow(
    new RequestRefused([
      'This run will cost about $1.20 ($0.90 to $2.10). That is above confirm_above_usd in itemwise.yaml ($1.00), and there is no terminal to confirm it on, so nothing was started. Add --yes to start it.',
    ]),
  )
})

test('a cost that is not known is asked about too', async () => {
  const typed = new Typed('y')
  await confirmOn(typed, { yes: false, signal })?.({ estimate: null, unpriced: 'What x costs is not known.' }, 1)
  expect(typed.questions).toEqual(['What x costs is not known. Continue? [y/N] '])
})

test('before a fresh run leaves edited answers behind, the person is asked; with --yes or without a terminal nobody is', async () => {
  const typed = new Typed('y')
  await startOverOn(typed, { yes: false, signal })?.()
  expect(typed.questions).toEqual(['Start all the same? [y/N] '])
  await expect(startOverOn(new Typed(''), { yes: false, signal })?.()).rejects.toThrow(
    new RequestRefused(['Not confirmed, so nothing was started.']),
  )
  expect(startOverOn(new Typed('n'), { yes: true, signal })).toBeUndefined()
  expect(startOverOn({ ask: null }, { yes: false, signal })).toBeUndefined()
})
