import { expect, test } from 'vitest'
import { ProgressView } from '../../cli/progress-view.ts'
import { nothingSpent } from '../../core/money/spending.ts'
import { fakeTerminal } from './fake-terminal.ts'

const step = {
  type: 'step',
  step: 1,
  steps: 2,
  prompt_name: 'a',
  model: 'm',
  items: 9,
  process: 8,
  carry: 1,
  skip: 0,
} as const
const counts = { type: 'counts', step: 1, failed: 0, kept: 0, spending: nothingSpent } as const

function shown({ columns = 60, isLive = false } = {}) {
  const said: string[] = []
  const window = { columns }
  const terminal = fakeTerminal({
    note: (text) => void said.push(text),
    ...(isLive && { bar: (line) => void said.push(line), isLive }),
  })
  Object.defineProperty(terminal, 'columns', { get: () => window.columns })
  return { view: new ProgressView(terminal, { verbose: false }), said, window }
}

test('counts stand for what has happened so far, and the last ones for the step', () => {
  const { view, said } = shown()
  view.report(step)
  view.report({ ...counts, answered: 3 })
  view.report({ ...counts, answered: 7, failed: 1, spending: { ...nothingSpent, input_tokens: 80, output_tokens: 9 } })
  view.report({ type: 'step_done', step: 1, answered: 7, failed: 1 })
  expect(said.join('')).toMatch(
    /^Step 1\/2 a: 7 of 8 answered, 1 failed, 1 carried over, (.* items\/s, )?80 tokens in, 9 out\n$/,
  )
})

test('what was done before anybody looked says nothing of the speed', () => {
  const { view, said } = shown()
  view.report(step)
  view.report({ ...counts, answered: 8 })
  view.report({ type: 'step_done', step: 1, answered: 8, failed: 0 })
  expect(said).toEqual(['Step 1/2 a: 8 of 8 answered, 1 carried over\n'])
})

test('the bar makes room for a question', () => {
  const { view, said } = shown({ isLive: true })
  view.report(step)
  view.hold(true)
  const before = said.length
  view.report({ ...counts, answered: 3 })
  expect(said.slice(before)).toEqual([])
  view.hold(false)
  expect(said.at(-1)).toContain('1/2 a')
  expect(said.at(-1)).toContain('3/8')
  view.close()
})

const retry = { attempt: 1, wait_ms: 60_000, kind: 'rate_limited', message: '429' }
const usd = { ...nothingSpent, input_tokens: 80, output_tokens: 9, cost_usd: 0.25 }

test('the bar has the cost first, then what holds the run back, and as much of the rest as fits', () => {
  const { view, said, window } = shown({ isLive: true, columns: 200 })
  view.report(step)
  view.report({ ...counts, answered: 3, failed: 1, spending: usd })
  view.report({ type: 'retry', step: 1, item_id: '5', retry })
  view.report({ type: 'retry', step: 1, item_id: '6', retry: { ...retry, kind: 'overloaded' } })
  const drawnAt = (columns: number) => {
    window.columns = columns
    view.hold(true)
    view.hold(false)
    return said.at(-1)
  }
  const bar = '1/2 a ██████████░░░░░░░░░░ 4/8 · $0.2500 · 1 failed · 2 waiting (429, 529)'
  expect([200, 75, 74, 49, 40, 25, 21, 12, 3].map(drawnAt)).toEqual([
    `${bar} · 4 remaining · 80 tokens in, 9 out`,
    bar,
    '1/2 a ██████████░░░░░░░░░░ 4/8 · $0.2500 · 1 failed',
    '1/2 a ██████████░░░░░░░░░░ 4/8 · $0.2500',
    '1/2 a 4/8 · $0.2500 · 1 failed',
    '1/2 a 4/8 · $0.2500',
    '1/2 a 4/8 · $0.2500',
    '1/2 a 4/8',
    '',
  ])
  view.close()
})

test('an item that came back waits no more', () => {
  const { view, said } = shown({ isLive: true, columns: 120 })
  view.report(step)
  view.report({ type: 'retry', step: 1, item_id: '5', retry })
  view.report({
    type: 'item',
    step: 1,
    item_id: '5',
    state: 'answered',
    spending: null,
    held_back: 'requests per minute',
  })
  view.hold(true)
  view.hold(false)
  expect(said.at(-1)).toMatch(/ 1\/8 · held back by requests per minute · /)
  expect(said.at(-1)).not.toContain('waiting')
  view.close()
})
