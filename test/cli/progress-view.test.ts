import { expect, test } from 'vitest'
import { ProgressView } from '../../cli/progress-view.ts'
import type { Terminal } from '../../cli/terminal.ts'
import { nothingSpent } from '../../core/spending.ts'

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

function shown(isTTY = false) {
  const said: string[] = []
  const terminal: Terminal = {
    ...{
      out: () => {},
      note: (text) => void said.push(text),
      ask: null,
      isTTY,
      colour: false,
      columns: 60,
      env: {},
      cwd: '.',
    },
  }
  return { view: new ProgressView(terminal, { verbose: false }), said }
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
  const { view, said } = shown(true)
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
