import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gathered } from '../../../core/text/gathered.ts'

async function* streamOf(chunks: readonly (string | Uint8Array)[]) {
  yield* chunks
}

test('all bytes come in their order, in pieces of at least so many bytes but for the last', async () => {
  const chunk = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array())
  const property = fc.asyncProperty(fc.array(chunk), fc.integer({ min: 1, max: 20 }), async (chunks, leastBytes) => {
    const pieces = await Array.fromAsync(gathered(streamOf(chunks), leastBytes))
    expect(Buffer.concat(pieces)).toEqual(Buffer.concat(chunks.map((one) => Buffer.from(one as string))))
    expect(pieces.slice(0, -1).filter(({ length }) => length < leastBytes)).toEqual([])
    expect(pieces.filter(({ length }) => length === 0)).toEqual([])
  })
  await fc.assert(property)
})
