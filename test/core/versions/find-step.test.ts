import { expect, test } from 'vitest'
import { namedStep } from '../../../core/versions/find-step.ts'

const steps = [
  { step: 1, prompt_name: 'define' },
  { step: 2, prompt_name: 'rate' },
  { step: 3, prompt_name: 'rate' },
  { step: 4, prompt_name: '1' },
]

test('a step is found by its number or its prompt; a prompt called by a number wins', () => {
  expect(namedStep(steps, '2', 'v0 of words').prompt_name).toBe('rate')
  expect(namedStep(steps, 'define', 'v0 of words').step).toBe(1)
  expect(namedStep(steps, '1', 'v0 of words').step).toBe(4)
})

test('another, and a prompt of two steps, is refused with what there is', () => {
  const known = 'Its steps: 1 (define), 2 (rate), 3 (rate), 4 (1). Name one by its number or its prompt.'
  expect(() => namedStep(steps, 'defin', 'v0 of words')).toThrow(`v0 of words has no step defin. ${known}`)
  expect(() => namedStep(steps, 'rate', 'v0 of words')).toThrow(`v0 of words has rate in more than one step. ${known}`)
})
