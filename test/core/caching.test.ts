import { describe, expect, test } from 'vitest'
import { shortestCached, WarmUp, worthCachingIn } from '../../core/caching.ts'
import { stepWith } from './steps.ts'

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
    const worth = worthCachingIn(stepWith({ model }))
    expect({ minimum: shortestCached(model), at: worth(tokens * 3.5), below: worth(tokens * 3.5 - 1) }).toEqual({
      minimum: tokens,
      at: true,
      below: false,
    })
  })

  test('together with the system prompt and the schema before it', () => {
    const system = 's'.repeat(1000)
    const output_schema = { type: 'object' }
    const worth = worthCachingIn(stepWith({ system, output_schema }))
    const left = 512 * 3.5 - 1000 - JSON.stringify(output_schema).length
    expect([worth(left), worth(left - 1)]).toEqual([true, false])
  })
})

/** A call that ends when it is told to. */
class Call {
  readonly reply = Promise.withResolvers<string>()
  begun = false
  readonly ask = () => {
    this.begun = true
    return this.reply.promise
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a warm-up', () => {
  test('lets the first call go alone, and then all others at once', async () => {
    const warmUp = new WarmUp()
    const calls = [new Call(), new Call(), new Call()]
    const turns = calls.map(({ ask }) => warmUp.turn(ask))
    await settled()
    const before = calls.map(({ begun }) => begun)
    calls[0]!.reply.resolve('first')
    await settled()
    const after = calls.map(({ begun }) => begun)
    calls[2]!.reply.resolve('third')
    calls[1]!.reply.resolve('second')
    expect({ before, after, replies: await Promise.all(turns) }).toEqual({
      before: [true, false, false],
      after: [true, true, true],
      replies: ['first', 'second', 'third'],
    })
  })

  test('throws what the first call threw at everybody, and makes no other call', async () => {
    const warmUp = new WarmUp()
    const calls = [new Call(), new Call()]
    const turns = Promise.allSettled(calls.map(({ ask }) => warmUp.turn(ask)))
    const wrong = new Error('wrong key')
    calls[0]!.reply.reject(wrong)
    expect(await turns).toEqual([
      { status: 'rejected', reason: wrong },
      { status: 'rejected', reason: wrong },
    ])
    expect(calls[1]!.begun).toBe(false)
  })
})
