import { describe, expect, test } from 'vitest'
import { ForeseenRun } from '../../../core/estimate/foreseen-prompts.ts'
import type { ReadyStep } from '../../../core/request/resolve-steps.ts'
import { promptOf } from '../../../core/templates/questions.ts'
import { parseTemplate } from '../../../core/templates/template.ts'
import { claude } from '../../../models/claude/claude.ts'
import { planLine, stepWith } from '../steps.ts'

const ready = (text: string): ReadyStep => ({
  step: stepWith(),
  template: parseTemplate(text, 'prompts/write.md'),
  templateText: text,
  saidFormat: undefined,
  formatReason: '',
})

const rules = 'Rules. '.repeat(300)

function foresee(step: ReadyStep, items: (object | null)[], root: object | null = null) {
  const run = new ForeseenRun(claude)
  for (const [at, item] of items.entries()) {
    const line = planLine(at + 1, {
      item: item === null ? null : JSON.stringify(item),
      root: root === null ? null : JSON.stringify(root),
    })
    const rendered = item === null ? null : promptOf(line, step.step, step.template)
    if (rendered !== null && 'missing' in rendered) throw new Error('The test lacks a variable.')
    run.add(step, line, rendered)
  }
  const found = run.of(1)
  if (found === undefined) throw new Error('Nothing was foreseen.')
  return found
}

describe('the shared beginnings', () => {
  test('a long one is written once and read by all others', () => {
    const { shared } = foresee(ready(`${rules}{word}`), [{ word: 'a' }, { word: 'b' }, { word: 'c' }])
    expect(shared).toEqual({ prompts: 3, different: 1, bytes: 3 * rules.length, first: rules })
  })

  test('each different one above the mark is written', () => {
    const step = ready(`${rules}{book}\n<!-- shared above -->\n{word}`)
    const items = ['A', 'B', 'A', 'A'].map((book) => ({ book, word: 'w' }))
    const { shared } = foresee(step, items)
    expect({ prompts: shared.prompts, different: shared.different }).toEqual({ prompts: 4, different: 2 })
  })

  test('a short one is not cached', () => {
    const { shared } = foresee(ready('Rules. {word}'), [{ word: 'a' }, { word: 'b' }])
    expect(shared).toEqual({ prompts: 0, different: 0, bytes: 0, first: null })
  })
})

describe('an item that is still to come', () => {
  test('leaves the text of the template and the fields of its root item', () => {
    const { whole, partial } = foresee(ready('Rate {root__word}: {answer}!'), [null], { word: 'sun' })
    expect({ whole: whole.strata(), held: partial.strata().map(({ held }) => held) }).toEqual({
      whole: [],
      held: [[{ prompt: 'Rate sun: !', bytes: 11 }]],
    })
  })

  test('leaves the text alone where its root item is not asked for', () => {
    const { partial } = foresee(ready('Rate {answer}!'), [null])
    expect(partial.strata().map(({ held }) => held)).toEqual([[{ prompt: 'Rate !', bytes: 6 }]])
  })
})
