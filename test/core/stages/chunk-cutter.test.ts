import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Chunk, PlanLine } from '../../../core/documents.ts'
import { ChunkCutter, type ChunkLimits } from '../../../core/stages/chunk-cutter.ts'

type Line = { decision: PlanLine['decision']; bytes: number }

function cut(lines: readonly Line[], limits: Partial<ChunkLimits>): { chunks: Chunk[]; cutter: ChunkCutter } {
  const cutter = new ChunkCutter()
  let end = 0
  for (const { decision, bytes } of lines) {
    end += bytes
    cutter.add({ decision } as PlanLine, end)
  }
  return { chunks: cutter.cut({ items: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER, ...limits }), cutter }
}

const process = (bytes: number): Line => ({ decision: 'process', bytes })
const carry = (bytes: number): Line => ({ decision: 'carry', bytes })

test('a plan without lines has no chunks; one without work a single chunk with nothing to process', () => {
  expect(cut([], { items: 1 }).chunks).toEqual([])
  expect(cut([carry(5), carry(5)], { items: 1 }).chunks).toEqual([{ batch: 1, bytes: [0, 10], process: 0 }])
})

test('what is carried over lies in the chunk of the item before it; at the beginning in the first chunk', () => {
  const lines = [carry(1), process(10), carry(2), process(10), process(10), carry(3)]
  expect(cut(lines, { items: 2 }).chunks).toEqual([
    { batch: 1, bytes: [0, 23], process: 2 },
    { batch: 2, bytes: [23, 36], process: 1 },
  ])
})

test('a chunk ends before it has more bytes than it may, and a line that is longer has one for itself', () => {
  const lines = [process(40), process(40), process(40), process(500), process(10), process(10)]
  expect(cut(lines, { bytes: 100 }).chunks).toEqual([
    { batch: 1, bytes: [0, 80], process: 2 },
    { batch: 2, bytes: [80, 120], process: 1 },
    { batch: 3, bytes: [120, 620], process: 1 },
    { batch: 4, bytes: [620, 640], process: 2 },
  ])
})

test('it counts what is to be processed, and knows the longest of these lines', () => {
  expect(cut([process(40), carry(900), process(70), carry(5)], {}).cutter.work).toEqual({ process: 2, longest: 70 })
})

test('however a plan is cut, the chunks are all of it, in order, and none has more than it may', () => {
  const lines = fc.array(
    fc.record({ decision: fc.constantFrom('process', 'carry', 'skip'), bytes: fc.integer({ min: 1, max: 50 }) }),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 200 }), (given, items, bytes) => {
      const all = given as Line[]
      const { chunks } = cut(all, { items, bytes })
      const total = all.reduce((sum, line) => sum + line.bytes, 0)
      expect([chunks[0]?.bytes[0], chunks.at(-1)?.bytes[1]]).toEqual([0, total])
      for (const [at, chunk] of chunks.entries()) {
        expect(chunk.batch).toBe(at + 1)
        if (at > 0) expect(chunk.bytes[0]).toBe(chunks[at - 1]?.bytes[1])
        expect(chunk.process).toBeLessThanOrEqual(items)
        if (chunk.process > 1) expect(chunk.bytes[1] - chunk.bytes[0]).toBeLessThanOrEqual(bytes)
      }
      const processed = all.filter(({ decision }) => decision === 'process').length
      expect(chunks.reduce((sum, { process }) => sum + process, 0)).toBe(processed)
    }),
  )
})
