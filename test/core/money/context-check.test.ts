import { expect, test } from 'vitest'
import type { ResolvedStep } from '../../../core/documents.ts'
import { ContextCheck } from '../../../core/money/context-check.ts'
import { claude } from '../../../models/claude/claude.ts'

const step = {
  ...{ step: 2, prompt_name: 'rate', batch_mode: true, system: null, output_schema: null },
  ...{ model: 'claude-sonnet-4-5', max_tokens: 64_000 },
} as ResolvedStep

function warned(changes: Partial<ResolvedStep>, ...prompts: string[]): string[] {
  const check = new ContextCheck({ ...step, ...changes }, claude)
  for (const [at, prompt] of prompts.entries()) check.add(String(at + 1), prompt)
  return check.warnings()
}

test('a prompt fits where it, the system prompt, the schema and the answer have room together', () => {
  const bytes = 3.5 * (200_000 - 64_000 - 8)
  expect(warned({}, 'x'.repeat(bytes))).toEqual([])
  expect(warned({}, 'x'.repeat(bytes + 1))).toHaveLength(1)
  expect(warned({ system: 'ab' }, 'x'.repeat(bytes))).toHaveLength(1)
  expect(warned({}, 'é'.repeat(bytes / 2 + 1))).toHaveLength(1)
})

test('all that do not fit are named in one sentence, a single call by its input', () => {
  expect(warned({}, 'x'.repeat(700_000), 'x', 'x'.repeat(7_654_321))).toEqual([
    'Step 2 (rate): claude-sonnet-4-5 can probably not take item 1: about 200,000 tokens, item 3: about 2,200,000 tokens. Its context is 200,000 tokens (table of 2026-11-22), 64,000 of them for the answer (max_tokens). Shorten them, or leave them out with batch_skip_items.',
  ])
  expect(warned({ batch_mode: false }, 'x'.repeat(700_000))[0]).toMatch(
    /can probably not take the input: about 200,000 tokens\. .* Shorten it\.$/,
  )
})

test('a model without a known context is not warned of', () => {
  expect(warned({ model: 'my-model' }, 'x'.repeat(9_000_000))).toEqual([])
})
