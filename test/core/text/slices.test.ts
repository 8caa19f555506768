import { expect, test } from 'vitest'
import { Slices } from '../../../core/text/slices.ts'

async function* chunks(...parts: string[]) {
  for (const part of parts) yield new TextEncoder().encode(part)
}

const take = async (slices: Slices, start: number, end: number) => (await slices.take(start, end)).toString()

test('ranges are cut out of a stream in one pass, within, across and at the edges of chunks', async () => {
  const slices = new Slices(chunks('0123', '', '45', '6789', 'abcdef'))
  expect(await take(slices, 1, 2)).toBe('1')
  expect(await take(slices, 2, 4)).toBe('23')
  expect(await take(slices, 4, 4)).toBe('')
  expect(await take(slices, 5, 11)).toBe('56789a')
  expect(await take(slices, 15, 16)).toBe('f')
})

test('every range of every chunking is the same as slicing the whole', async () => {
  const whole = 'abcdefghij'
  for (let size = 1; size <= whole.length; size += 1) {
    const parts = whole.match(new RegExp(`.{1,${size}}`, 'g'))!
    for (let start = 0; start <= whole.length; start += 1) {
      for (let end = start; end <= whole.length; end += 1) {
        const slices = new Slices(chunks(...parts))
        expect(await take(slices, start, end)).toBe(whole.slice(start, end))
        expect(await take(slices, end, whole.length)).toBe(whole.slice(end))
      }
    }
  }
})

test('a range behind the one taken last is an error of the caller', async () => {
  const slices = new Slices(chunks('0123456789'))
  await slices.take(2, 5)
  await expect(slices.take(4, 6)).rejects.toThrow('Cannot take bytes 4 to 6 after byte 5. Ranges go forward.')
})

test('a stream that is too short names the file and both bytes', async () => {
  const slices = new Slices(chunks('01234'), 'collated/01_a.json')
  await expect(slices.take(2, 8)).rejects.toThrow('collated/01_a.json ends at byte 5, before byte 8.')
})

test('closing lets go of the stream', async () => {
  let open = true
  async function* source() {
    try {
      yield Buffer.from('abc')
      yield Buffer.from('def')
    } finally {
      open = false
    }
  }
  const slices = new Slices(source())
  await slices.take(0, 1)
  await slices.close()
  expect(open).toBe(false)
})
