import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Redaction, redacting, shownAddress } from '../../../models/calls/redaction.ts'
import type { Transport } from '../../../models/calls/transport.ts'

const apiKey = 'sk-ant-api03-abcdefghijklmnop/qrs+tuv'
const redaction = new Redaction({
  apiKey,
  addresses: [
    'https://me:p%40ssw%3Ard@gateway.example/v1',
    'http://proxy:hush@proxy.example:3128',
    undefined,
    'no address',
  ],
})

test.each([
  [`invalid x-api-key: ${apiKey}.`, 'invalid x-api-key: [key].'],
  [`?key=${encodeURIComponent(apiKey)}&a=1`, '?key=[key]&a=1'],
  [`invalid key ${apiKey.slice(0, 24)}…`, 'invalid key [key]'],
  ['at https://me:p%40ssw%3Ard@gateway.example', 'at https://me:[password]@gateway.example'],
  ['the password p@ssw:rd is wrong', 'the password [password] is wrong'],
  ['http://proxy:hush@proxy.example:3128', 'http://proxy:[password]@proxy.example:3128'],
  ['nothing to hide: sk-ant-api03-other', 'nothing to hide: sk-ant-api03-other'],
])('%s', (text, shown) => {
  expect(redaction.text(text)).toBe(shown)
})

test('wherever the key stands in a text, no six characters of its secret part are left', () => {
  const parts = Array.from({ length: apiKey.length - 18 }, (_, at) => apiKey.slice(13 + at, 19 + at))
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.constantFrom(apiKey, encodeURIComponent(apiKey)),
      (before, after, form) => {
        const shown = redaction.text(`${before}${form}${after}`)
        expect(parts.filter((part) => shown.includes(part))).toEqual([])
      },
    ),
  )
})

test('an error is cleared with its stack, its causes and what hangs on it', () => {
  const inner = Object.assign(new Error(`bad ${apiKey}`), { body: { sent: [`Bearer ${apiKey}`] } })
  const error = new AggregateError([inner], `outer ${apiKey}`, { cause: inner })
  inner.cause = error
  expect(redaction.error(error)).toBe(error)
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(apiKey)
  expect([error.message, inner.message]).toEqual(['outer [key]', 'bad [key]'])
})

test('a transport hands on refusals and errors without secrets, and answers as they are', async () => {
  const answers = [401, 200].map((status) => ({
    ...{ status, headers: { 'x-said': `key ${apiKey}` }, text: `text ${apiKey}` },
  }))
  const transport: Transport = {
    post: async () => answers.shift() ?? Promise.reject(new Error(`connect ${apiKey}`)),
    close: async () => {},
  }
  const clear = redacting(transport, redaction)
  const posting = { url: new URL('http://127.0.0.1'), headers: [], body: '', signal: new AbortController().signal }
  expect(await clear.post(posting)).toEqual({ status: 401, headers: { 'x-said': 'key [key]' }, text: 'text [key]' })
  expect((await clear.post(posting)).text).toBe(`text ${apiKey}`)
  await expect(clear.post(posting)).rejects.toThrow('connect [key]')
})

test.each([
  ['https://me:pass@host/v1', 'https://me:[password]@host/v1'],
  ['htps://me:pa:ss@host', 'htps://me:[password]@host'],
  ['https://me:x@', 'https://me:[password]@'],
  ['gateway.example', 'gateway.example'],
])('the address %s is shown as %s', (address, shown) => {
  expect(shownAddress(address)).toBe(shown)
})
