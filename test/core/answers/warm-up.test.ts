import { describe, expect, test } from 'vitest'
import { WarmUp } from '../../../core/answers/warm-up.ts'

/** Refused calls bring `refused`, the others a reply. */
function warming(sleep: (ms: number) => Promise<void> = () => new Promise(() => {})): WarmUp<string> {
  return new WarmUp({ sleep }, (result) => result !== 'refused')
}

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
    const warmUp = warming()
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
    const warmUp = warming()
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

  test('lets the next call go alone where the one before got no reply', async () => {
    const warmUp = warming()
    const calls = [new Call(), new Call(), new Call()]
    const turns = calls.map(({ ask }) => warmUp.turn(ask))
    calls[0]!.reply.resolve('refused')
    await settled()
    const afterRefusal = calls.map(({ begun }) => begun)
    calls[1]!.reply.resolve('second')
    await settled()
    const afterReply = calls.map(({ begun }) => begun)
    calls[2]!.reply.resolve('third')
    expect({ afterRefusal, afterReply, replies: await Promise.all(turns) }).toEqual({
      afterRefusal: [true, true, false],
      afterReply: [true, true, true],
      replies: ['refused', 'second', 'third'],
    })
  })

  test('holds nobody for longer than some seconds, however long the first call takes', async () => {
    const slept: number[] = []
    const { promise: moment, resolve: over } = Promise.withResolvers<void>()
    const warmUp = warming((ms) => {
      slept.push(ms)
      return moment
    })
    const calls = [new Call(), new Call(), new Call()]
    const turns = calls.map(({ ask }) => warmUp.turn(ask))
    await settled()
    const before = calls.map(({ begun }) => begun)
    over()
    await settled()
    expect({ before, after: calls.map(({ begun }) => begun), slept }).toEqual({
      before: [true, false, false],
      after: [true, true, true],
      slept: [5000],
    })
    for (const { reply } of calls) reply.resolve('late')
    await Promise.all(turns)
  })

  test('is over at once where the cache is warm', async () => {
    const warmUp = new WarmUp<string>(
      { warm: true, sleep: () => Promise.reject(new Error('nobody waits')) },
      () => true,
    )
    const calls = [new Call(), new Call()]
    void calls.map(({ ask }) => warmUp.turn(ask))
    await settled()
    expect(calls.map(({ begun }) => begun)).toEqual([true, true])
  })
})
