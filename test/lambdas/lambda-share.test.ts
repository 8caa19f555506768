import { expect, test } from 'vitest'
import { lambdasFor } from '../../lambdas/lambda-share.ts'

test.for([
  [1, 1],
  [2, 1],
  [10, 8],
  [100, 90],
  [1000, 900],
])('of %i Lambdas of the account a run asks for %i: other stages and the API need some', ([unreserved = 0, most]) => {
  expect(lambdasFor({ unreserved })).toBe(most)
})

test('what is reserved for process is all for runs', () => {
  expect(lambdasFor({ unreserved: 900, reserved: 12 })).toBe(12)
  expect(lambdasFor({ unreserved: 900, reserved: 1 })).toBe(1)
})

test('a run waits for one Lambda even if none is allowed', () => {
  expect(lambdasFor({ reserved: 0 })).toBe(1)
})

test('nothing is held back if Lambda does not say what there is', () => {
  expect(lambdasFor({})).toBe(Number.POSITIVE_INFINITY)
})
