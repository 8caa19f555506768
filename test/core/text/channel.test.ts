import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Channel } from '../../../core/text/channel.ts'

const kilobyte = 'x'.repeat(1024)

async function turns(count = 20): Promise<void> {
  for (let at = 0; at < count; at++) await turn()
}

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  promise.then(
    () => (done = true),
    () => (done = true),
  )
  await turns()
  return done
}

async function pushed(channel: Channel, kilobytes: number): Promise<void> {
  for (let at = 0; at < kilobytes; at++) await channel.push(kilobyte)
}

test('what is pushed is read in order, whole', async () => {
  const channel = new Channel()
  const reading = Array.fromAsync(channel)
  for (const text of ['a\n', 'b\n', '', 'c\n']) await channel.push(text)
  channel.end()
  expect((await reading).join('')).toBe('a\nb\nc\n')
})

test('small texts are gathered into large pieces', async () => {
  const channel = new Channel()
  const reading = Array.fromAsync(channel, ({ length }) => length)
  await pushed(channel, 200)
  channel.end()
  expect(await reading).toEqual([64, 64, 64, 8].map((count) => count * 1024))
})

test('a channel that ends without a text reads as nothing', async () => {
  const channel = new Channel()
  channel.end()
  expect(await Array.fromAsync(channel)).toEqual([])
})

test('whoever pushes waits while the reader is more than a few pieces behind, and goes on when it reads', async () => {
  const channel = new Channel()
  const pushing = pushed(channel, 640)
  expect(await settled(pushing)).toBe(false)
  const reading = Array.fromAsync(channel, ({ length }) => length)
  await pushing
  channel.end()
  expect((await reading).reduce((sum, length) => sum + length)).toBe(640 * 1024)
})

test('a reader that waits gets what comes later', async () => {
  const channel = new Channel()
  const reading = Array.fromAsync(channel)
  await turns()
  await channel.push('late')
  channel.end()
  expect(await reading).toEqual(['late'])
})

test('a text that cannot be finished is an error for the reader, before what it has not read', async () => {
  const channel = new Channel()
  await pushed(channel, 100)
  channel.fail(new Error('torn'))
  await expect(Array.fromAsync(channel)).rejects.toThrow('torn')
})

test('a reader that waits hears of the failure', async () => {
  const channel = new Channel()
  const reading = Array.fromAsync(channel)
  await turns()
  channel.fail(null)
  await expect(reading).rejects.toThrow('The channel was broken off.')
})

test('a reader that breaks off leaves nobody waiting', async () => {
  const channel = new Channel()
  const pushing = pushed(channel, 640)
  expect(await settled(pushing)).toBe(false)
  for await (const _piece of channel) break
  expect(await settled(pushing)).toBe(true)
})

test('a failure leaves nobody waiting, even where nobody ever read', async () => {
  const channel = new Channel()
  const pushing = pushed(channel, 640)
  expect(await settled(pushing)).toBe(false)
  channel.fail(new Error('no place to write'))
  expect(await settled(pushing)).toBe(true)
})
