import { expect, test } from 'vitest'
import { didYouMean, nearest, someOf } from '../../../core/text/nearest.ts'

test('names are near by letters, the nearest first', () => {
  expect(nearest('topik', ['title', 'topics', 'topic', 'id'])).toEqual(['topic', 'topics'])
})

test('letter case does not make a name far', () => {
  expect(nearest('TOPIC', ['Topic'])).toEqual(['Topic'])
})

test('a beginning and an end of a name are near', () => {
  expect(nearest('problems', ['worksheets', 'problems_for_beginners', 'all_problems'])).toEqual([
    'problems_for_beginners',
    'all_problems',
  ])
})

test('a name is not near to one that differs in more than a third of its letters', () => {
  expect(nearest('generator', ['operators', 'weather'])).toEqual([])
})

test('at most three names are near, and none twice', () => {
  expect(nearest('a1', ['a2', 'a2', 'a3', 'a4', 'a5'])).toEqual(['a2', 'a3', 'a4'])
})

test('a suggestion is a sentence, or nothing', () => {
  expect(didYouMean('modle', ['model', 'notes'])).toBe(' Did you mean model?')
  expect(didYouMean('v1', ['v2', 'v3'])).toBe(' Did you mean v2 or v3?')
  expect(didYouMean('modle', [])).toBe('')
})

test('a long list says how many more there are', () => {
  expect(someOf(['a', 'b'])).toBe('a, b')
  expect(someOf(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more')
  expect(someOf([])).toBe('')
})
