import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runRequestSchema } from '../core/request/parse-request.ts'
import { jsonText } from '../core/text/json.ts'
import { documents, readDocument, withoutChance, withRealOutput } from '../tools/console-blocks.ts'
import { openApi } from '../tools/openapi.ts'
import { performancePage } from '../tools/performance.ts'
import { referenceText } from '../tools/reference.ts'

const root = join(import.meta.dirname, '..')

describe.each(documents)('$path', ({ file }) => {
  test('shows what its commands print', () => {
    const markdown = readDocument(file)
    expect(markdown).toContain('```console')
    expect(withoutChance(withRealOutput(markdown))).toBe(withoutChance(markdown))
    // The guide is a hundred commands, each a process of its own.
  }, 900_000)
})

test('the reference is made from the schemas as they are', () => {
  expect(readFileSync(join(root, 'docs/reference.md'), 'utf8')).toBe(referenceText())
})

test('the JSON Schema for editors is made from the schema as it is', () => {
  expect(readFileSync(join(root, 'pipelines/run-request.schema.json'), 'utf8')).toBe(
    `${jsonText(runRequestSchema(), 2)}\n`,
  )
})

test("the API's description is made from its routes and schemas as they are", () => {
  expect(readFileSync(join(root, 'docs/openapi.json'), 'utf8')).toBe(`${jsonText(openApi(), 2)}\n`)
})

test('the figures of the benchmarks are those of the last full run', () => {
  const { before, after } = performancePage()
  expect(before).toContain('<!-- end of figures -->')
  expect(before).toBe(after)
})
