import { expect, test } from 'vitest'
import { RequestRefused, RunFailed } from '../../core/errors.ts'
import { truncatedRefusal } from '../../lambdas/truncated-refusal.ts'

test('a refusal that Step Functions would cut off says how much more there is', () => {
  const problems = Array.from({ length: 5000 }, (_, at) => `Item ${at} lacks {word}.`)
  const { message } = truncatedRefusal(new RequestRefused(problems)) as RequestRefused
  expect(message.length).toBeLessThan(14_000)
  expect(message).toMatch(/^Item 0 lacks/)
  expect(message).toMatch(/\n\d+ more problems\. `itemwise run … --dry-run --target aws` shows them all\.$/)
})

test('one long problem is cut, and its like are counted', () => {
  const { problems } = truncatedRefusal(new RequestRefused(['x'.repeat(50_000), 'short'])) as RequestRefused
  expect([problems.length, problems[0]?.length, problems[1]]).toEqual([
    2,
    12_002,
    '1 more problem. `itemwise run … --dry-run --target aws` shows them all.',
  ])
})

test('what is short, and what is no refusal, stays as it is', () => {
  for (const error of [new RequestRefused(['a', 'b']), new RunFailed('x'.repeat(50_000))])
    expect(truncatedRefusal(error)).toBe(error)
})

test('a problem is cut between two characters', () => {
  const { problems } = truncatedRefusal(new RequestRefused([`x${'😀'.repeat(10_000)}`])) as RequestRefused
  expect(problems[0]).toBe(`x${'😀'.repeat(5999)} …`)
})
