import { describe, expect, test } from 'vitest'
import { shortestCached, worthCachingIn } from '../../../core/money/caching.ts'
import { claude } from '../../../models/claude/claude.ts'
import { stepWith } from '../steps.ts'

describe('a shared beginning is worth caching', () => {
  test.each([
    ['claude-haiku-5-5', 512],
    ['claude-sonnet-5-5', 512],
    ['claude-opus-5', 512],
    ['claude-fable-5-2', 512],
    ['claude-opus-4-8', 1024],
    ['claude-sonnet-5', 1024],
    ['claude-sonnet-4-6', 1024],
    ['claude-opus-4-7', 2048],
    ['claude-opus-4-6', 4096],
    ['claude-haiku-4-5-20251001', 4096],
    ['claude-next', 4096],
  ])('with %s from %i tokens on', (model, tokens) => {
    const worth = worthCachingIn(stepWith({ model }), claude)
    expect({ minimum: shortestCached(model, claude), at: worth(tokens * 3.5), below: worth(tokens * 3.5 - 1) }).toEqual(
      {
        minimum: tokens,
        at: true,
        below: false,
      },
    )
  })

  test('together with the system prompt and the schema before it', () => {
    const system = 's'.repeat(1000)
    const output_schema = { type: 'object' }
    const worth = worthCachingIn(stepWith({ system, output_schema }), claude)
    const left = 512 * 3.5 - 1000 - JSON.stringify(output_schema).length
    expect([worth(left), worth(left - 1)]).toEqual([true, false])
  })
})
