import { expect, test } from 'vitest'
import { bytesOf, TextRoom, withoutTexts } from '../../stores/s3-dynamodb/entry-texts.ts'
import { merged } from '../../stores/s3-dynamodb/part-entries.ts'
import { answered, failed, spentReply } from './samples.ts'

const entry = (kept: ReturnType<typeof answered>, more = {}) => ({ id: 'A_000001', kept, ...more })

test('without its texts an entry still says whether there is an answer or a reply', () => {
  expect(withoutTexts(entry(answered(1))).kept).toEqual({ ...answered(1), answer: '' })
  expect(withoutTexts(entry(failed(1))).kept).toEqual({ ...failed(1), reply: '' })
  expect(merged([withoutTexts(entry(answered(1)))])?.textless).toBe(true)
  expect(merged([entry(answered(1))])?.textless).toBe(false)
})

test('the answer of a single call, which has no object of its own, keeps its text; so does what a reply cost', () => {
  const single = entry({ ...answered(1), line: { ...answered(1).line, segment: '' } })
  const spent = { id: 'A_000002', spent: spentReply(1) }
  expect([withoutTexts(single), withoutTexts(spent)]).toEqual([single, spent])
})

test('texts are held as long as there is room; what is still to be written is always held', () => {
  const large = entry(answered(1, 'x'.repeat(1000)))
  const room = new TextRoom(bytesOf(large) * 2)
  const unwritten = { ...large, unwritten: true as const }
  const held = [large, large, large, unwritten].map((one) => room.fitted(one).kept.answer?.length)
  expect(held).toEqual([1000, 1000, 0, 1000])
})
