import { expect, test } from 'vitest'
import { changedItemText, differenceText, instructionsText } from '../../cli/changes-text.ts'
import { compareText } from '../../cli/compare-text.ts'
import type { Metadata, Stats } from '../../core/documents.ts'
import type { Comparison } from '../../core/versions/compare.ts'

const v0: Metadata = {
  version: 'v0',
  pipeline_name: 'story_writer',
  timestamp: '2026-03-02T08:00:00',
  mode: 'initial',
  base_version: null,
  module_number: 2,
  path_letter: 'b',
  pipeline_status: 'alpha',
  notes: 'First run',
  duration_seconds: 125.3,
  status: 'completed',
  full_pipeline_name: 'story_writer_module_2_path_b',
  logs: [],
  stats: {},
}

const v1: Metadata = {
  ...v0,
  version: 'v1',
  timestamp: '2026-03-02T09:15:00',
  mode: 'rerun',
  base_version: 'v0',
  pipeline_status: 'beta',
  notes: 'Shorter openings for 12 and 19',
  duration_seconds: 15.2,
}

const onlyInV0 = ['11', '13', '14', '15', '16', '17', '18', '20', '21', '22', '23', '24']

const comparison: Comparison = {
  pipeline: 'story_writer_module_2_path_b',
  a: { metadata: v0, alive: false },
  b: { metadata: v1, alive: false },
  items: { in_a: 14, in_b: 2, in_both: 2, only_in_a: onlyInV0, only_in_b: [] },
  stands_on: 'b_on_a',
  steps: [],
}

test('two versions stand one below the other, with the items each processed itself', () => {
  expect(compareText(comparison)).toBe(`\
======================================================================
COMPARING: story_writer_module_2_path_b
v0 vs v1
======================================================================

Version Info:
  v0:
    Created: 2026-03-02T08:00:00
    Status: alpha
    Notes: First run
    Mode: initial
    Duration: 125.3s

  v1:
    Created: 2026-03-02T09:15:00
    Status: beta
    Notes: Shorter openings for 12 and 19
    Mode: rerun
    Base: v0
    Duration: 15.2s

Items:
  Total in v0: 14
  Total in v1: 2
  In both: 2
  Only in v0: 11, 13-18, 20-24
  Only in v1: (none, merged with v0)
`)
})

test('nothing is merged where no version stands on the other, or the other way round', () => {
  const items = { in_a: 2, in_b: 2, in_both: 2, only_in_a: [], only_in_b: [] }
  const last = (stands_on: Comparison['stands_on']) =>
    compareText({ ...comparison, items, stands_on })
      .split('\n')
      .slice(-3, -1)
  expect(last(null)).toEqual(['  Only in v0: (none)', '  Only in v1: (none)'])
  expect(last('a_on_b')).toEqual(['  Only in v0: (none, merged with v1)', '  Only in v1: (none)'])
})

test('each step says how its answers differ, or why that cannot be said', () => {
  const steps: Comparison['steps'] = [
    { step: 1, prompt_name: 'write', answers: { same: 12, changed: 2, added: 0, removed: 1 }, not_compared: null },
    { step: 2, prompt_name: 'check', answers: null, not_compared: 'v0 has no such step' },
  ]
  expect(
    compareText({ ...comparison, steps })
      .split('\n')
      .slice(-5),
  ).toEqual([
    '',
    'Collated:',
    '  Step 1 (write): 12 same, 2 changed, 0 added, 1 removed',
    '  Step 2 (check): not compared, v0 has no such step',
    '',
  ])
})

const plain = { colour: false }

function itemText(before: object, after: object, style = plain): string {
  const texts = { before: JSON.stringify(before), after: JSON.stringify(after) }
  return changedItemText({ item_id: '12', ...texts }, style)
}

const long = 'Once upon a time there was a very small cat who lived in a house by the sea.'

test('a changed item shows its fields, short values one after the other and long texts word by word', () => {
  const before = { id: 12, title: 'Cats', text: long, tags: ['a'], meta: { level: 1 } }
  const after = { id: 12, title: 'Dogs', text: long.replace('very small cat', 'large dog'), tags: ['a', 'b'], meta: {} }
  expect(itemText(before, after)).toBe(`\
  Item 12:
    title: "Cats" → "Dogs"
    text: Once upon a time there was a [-very small cat -]{+large dog +}who lived in a house by the sea.
    tags[1]: (none) → "b"
    meta.level: 1 → (none)
`)
})

test('colours take the place of brackets where they are asked for', () => {
  expect(itemText({ t: long }, { t: long.replace('small', 'big') }, { colour: true })).toContain(
    'very \u001b[31m\u001b[9msmall\u001b[29m\u001b[39m\u001b[32m\u001b[4mbig\u001b[24m\u001b[39m cat',
  )
})

test('an answer of the same content says what else differs', () => {
  expect(itemText({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe('  Item 12:\n    (only spaces or the order of fields)\n')
})

test('what a model wrote cannot steer the terminal', () => {
  expect(itemText({ a: '\u001b[2J' }, { a: '\u009b2J' })).toContain('a: "\\u001b[2J" → "\\u009b2J"')
})

test('a template differs by lines, and settings by their values', () => {
  const before = 'Write.\n\nText: {text}\nShort.\nEnd.\n'
  const template = { before, after: before.replace('Short.', 'Long.') }
  const settings = [{ setting: 'model', before: 'claude-haiku-5-5', after: 'claude-sonnet-5' }]
  expect(instructionsText({ template, settings }, plain)).toBe(`\
  Template:
    @@ line 2 → 2 @@

     Text: {text}
    -Short.
    +Long.
     End.
  Settings:
    model: claude-haiku-5-5 → claude-sonnet-5
`)
  expect(instructionsText({ template: null, settings: [] }, plain)).toBe('')
})

const stats: Stats = {
  ...{ items: 14, processed: 14, carried_over: 0, skipped: 0, failed: 0 },
  ...{ input_tokens: 51_204, output_tokens: 8120, cache_read_tokens: 0, cache_write_tokens: 0, cost_usd: 0.0093 },
  steps: [],
}

test('the difference has tokens and cost where both versions know them', () => {
  const fewer = { ...stats, input_tokens: 7000, output_tokens: 8121, cost_usd: 0.0013 }
  expect(differenceText({ ...v0, stats }, { ...v1, stats: fewer })).toBe(`\
Difference (v1 against v0):
  Tokens: -44,204 in, +1 out
  Cost: -$0.0080
  Duration: -110.1s
`)
  expect(differenceText(v0, v1)).toBe('Difference (v1 against v0):\n  Duration: -110.1s\n')
})
