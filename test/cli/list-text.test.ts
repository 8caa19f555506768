import { expect, test } from 'vitest'
import { listText } from '../../cli/list-text.ts'
import type { Metadata } from '../../core/documents.ts'
import type { ListedPipeline, ListedVersion } from '../../workspace/list-versions.ts'

const metadata: Metadata = {
  version: 'v1',
  pipeline_name: 'story_writer',
  timestamp: '2026-03-02T09:15:00',
  mode: 'rerun',
  base_version: 'v0',
  module_number: 2,
  path_letter: 'b',
  pipeline_status: 'beta',
  notes: 'Shorter openings for 12 and 19',
  duration_seconds: 15.2,
  status: 'completed',
  full_pipeline_name: 'story_writer_module_2_path_b',
  logs: [],
  stats: {},
}

const spent = {
  input_tokens: 51_204,
  output_tokens: 8120,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_usd: 0.0093,
}
const counts = { items: 14, processed: 2, carried_over: 12, skipped: 0, failed: 1 }
const first: Partial<Metadata> = { version: 'v0', mode: 'initial', base_version: null, notes: null }

function version(change: Partial<Metadata> = {}, rest: Partial<ListedVersion> = {}): ListedVersion {
  return { metadata: { ...metadata, ...change }, alive: false, items: 2, otherSizes: [], ...rest }
}

function pipeline(change: Partial<ListedPipeline> = {}): ListedPipeline {
  return { pipeline: 'story_writer_module_2_path_b', latest: 'v1', versions: [version()], hidden: 1, ...change }
}

const usual = ['beta', 'rc', 'final']

test('a block has the header, what is hidden, and a paragraph a version', () => {
  expect(listText([pipeline()], usual)).toBe(`\
======================================================================
PIPELINE: story_writer_module_2_path_b
Versions: 1 (hiding 1)
Latest: v1
Showing: beta, final, rc
Tip: Use --all to show all versions, or --status <status> to filter
======================================================================

v1 (latest)
  Created: 2026-03-02T09:15:00
  Status: beta
  Notes: Shorter openings for 12 and 19
  Mode: rerun
  Base: v0
  Duration: 15.2s
  Items: 2
`)
})

test('with everything shown there is nothing about hiding, and a blank line between versions and between pipelines', () => {
  const stories = pipeline({
    hidden: 0,
    versions: [version({ ...first, duration_seconds: 125 }, { items: 14 }), version()],
  })
  expect(listText([stories, pipeline({ pipeline: 'other', latest: undefined, versions: [], hidden: 0 })], null)).toBe(`\
======================================================================
PIPELINE: story_writer_module_2_path_b
Versions: 2
Latest: v1
======================================================================

v0
  Created: 2026-03-02T09:15:00
  Status: beta
  Mode: initial
  Duration: 125.0s
  Items: 14

v1 (latest)
  Created: 2026-03-02T09:15:00
  Status: beta
  Notes: Shorter openings for 12 and 19
  Mode: rerun
  Base: v0
  Duration: 15.2s
  Items: 2

======================================================================
PIPELINE: other
Versions: 0
Latest: (none)
======================================================================
`)
})

test('a pipeline whose versions are all hidden shows its header', () => {
  expect(listText([pipeline({ versions: [], latest: undefined })], ['rc', 'my label'])).toBe(`\
======================================================================
PIPELINE: story_writer_module_2_path_b
Versions: 0 (hiding 1)
Latest: (none)
Showing: my label, rc
Tip: Use --all to show all versions, or --status <status> to filter
======================================================================
`)
})

/** The lines about one version, without the header. */
function lines(change: Partial<Metadata>, rest: Partial<ListedVersion> = {}): string[] {
  const text = listText([pipeline({ latest: undefined, hidden: 0, versions: [version(change, rest)] })], null)
  return text.split('\n').slice(6, -1)
}

test('a version that is not completed says so, and a run whose process died counts as failed', () => {
  expect(lines({ version: 'v2', status: 'running' }, { alive: true })[0]).toBe('v2 (running)')
  expect(lines({ version: 'v2', status: 'running' }, { alive: false })[0]).toBe('v2 (failed)')
  expect(lines({ version: 'v2', status: 'failed' })[0]).toBe('v2 (failed)')
  expect(lines({ version: 'v2', status: 'aborted' })[0]).toBe('v2 (aborted)')
})

test('failures, tokens and cost stand behind the items where they say something', () => {
  expect(lines({ stats: { ...counts, ...spent, steps: [] } }).slice(-4)).toEqual([
    '  Items: 2',
    '  Failed: 1',
    '  Tokens: 51,204 in, 8,120 out',
    '  Cost: $0.0093',
  ])
  const free = { ...spent, input_tokens: 0, output_tokens: 0, cost_usd: 0 }
  expect(lines({ stats: { ...counts, failed: 0, ...free, steps: [] } }).at(-1)).toBe('  Items: 2')
})

test('a cost that nobody knows is called unknown, and tokens from the cache count as sent', () => {
  const cached = { ...spent, cost_usd: null, cache_read_tokens: 1000, cache_write_tokens: 1 }
  expect(lines({ stats: { ...counts, ...cached, steps: [] } }).slice(-2)).toEqual([
    '  Tokens: 52,205 in, 8,120 out',
    '  Cost: unknown (a model without a known price, or a reply that did not say what it used)',
  ])
})

test('notes stay on one line, and control characters in them are spelled out', () => {
  expect(lines({ notes: 'First\nsecond \u001b[31mred' })[3]).toBe('  Notes: First second \\u001b[31mred')
})
