import fc from 'fast-check'
import { expect, test } from 'vitest'
import { versionPageKey } from '../../core/pages.ts'
import { versionKey } from '../../stores/s3-dynamodb/records.ts'

test('keys of versions sort by number, and are those of the table', () => {
  const number = fc.integer({ min: 0, max: 99_999_999 })
  fc.assert(
    fc.property(number, number, (a, b) => {
      const [first, second] = [a, b].map((version) => versionPageKey(`v${version}`))
      expect(first! < second!).toBe(a < b)
      expect(versionKey({ pipeline: 'words', version: `v${a}` }).record).toBe(first)
    }),
  )
  expect(versionPageKey('v12')).toBe('version#00000012')
})
