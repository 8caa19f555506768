import { expect, test } from 'vitest'
import { lines, overlong } from '../../../core/text/lines.ts'

async function* bytes(text: string, size: number) {
  const all = Buffer.from(text)
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size)
}

test('lines come with the bytes they take, and a character cut in two by a chunk stays whole', async () => {
  for (const size of [1, 2, 3, 5, 100]) {
    expect(await Array.fromAsync(lines(bytes('é\n\n日本 😀\r\nz', size)))).toEqual([
      { text: 'é', start: 0, end: 3 },
      { text: '', start: 3, end: 4 },
      { text: '日本 😀\r', start: 4, end: 17 },
      { text: 'z', start: 17, end: 18 },
    ])
  }
})

test('a last newline ends the last line and begins none', async () => {
  expect(await Array.fromAsync(lines(bytes('a\nb\n', 3)))).toEqual([
    { text: 'a', start: 0, end: 2 },
    { text: 'b', start: 2, end: 4 },
  ])
  expect(await Array.fromAsync(lines(bytes('', 3)))).toEqual([])
})

test('a line that is longer than a text can be is passed over with its bytes, and those after it are whole', async () => {
  for (const size of [1, 2, 3, 5, 100]) {
    expect(await Array.fromAsync(lines(bytes('ab\nabcd\nabc\nabcde', size), 3))).toEqual([
      { text: 'ab', start: 0, end: 3 },
      { text: overlong, start: 3, end: 8 },
      { text: 'abc', start: 8, end: 12 },
      { text: overlong, start: 12, end: 17 },
    ])
  }
})
