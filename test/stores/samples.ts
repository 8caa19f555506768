/** Versions and items as the tests of stores keep them. */
import type { LedgerLine, Metadata } from '../../core/documents.ts'
import type { KeptItem, NewVersion, RawReply, SpentReply } from '../../core/store.ts'

export function metadataOf(version: string, change: Partial<Metadata> = {}): Metadata {
  return {
    version,
    pipeline_name: 'poems',
    timestamp: '2026-03-02T09:15:00',
    mode: 'initial',
    base_version: null,
    module_number: null,
    path_letter: null,
    pipeline_status: 'draft',
    notes: null,
    duration_seconds: 0,
    status: 'running',
    full_pipeline_name: 'poems',
    logs: [],
    stats: {},
    ...change,
  }
}

export function newVersion(version: string, change: Partial<Metadata> = {}): NewVersion {
  return { metadata: metadataOf(version, change), files: new Map([['run.json', `{"run":"${version}"}\n`]]) }
}

export function lineOf(item_index: number, change: Partial<LedgerLine> = {}): LedgerLine {
  const id = String(4000 + item_index)
  return {
    ...{ item_id: id, root_id: id, item_index, output_id: null, segment: id, decision: 'process', reason: 'new' },
    ...{ state: 'answered', answer_version: 'v0', answer_bytes: null, fingerprint: null, model: 'm' },
    ...{ input_tokens: 10, output_tokens: 2, cache_read_tokens: 0, cache_write_tokens: 0, cost_usd: 0.01 },
    ...{ milliseconds: 5, attempts: 1, request_id: null, error: null },
    ...change,
  }
}

export function answered(index: number, answer = `{"n": ${index}}`): KeptItem {
  return { line: lineOf(index), answer, reply: null }
}

export function failed(index: number, reply: string | null = 'Sorry.'): KeptItem {
  const error = { kind: 'invalid_json' as const, message: 'This is not JSON.' }
  return { line: lineOf(index, { state: 'failed', answer_version: null, cost_usd: 0.5, error }), answer: null, reply }
}

export function spentReply(item_index: number, change: Partial<SpentReply> = {}): SpentReply {
  const tokens = { input_tokens: 10, output_tokens: 2, cache_read_tokens: 0, cache_write_tokens: 0 }
  return { item_index, ...tokens, cost_usd: 0.01, milliseconds: 5, attempts: 1, ...change }
}

export function rawReply(item_index: number, change: Partial<RawReply> = {}): RawReply {
  const tokens = { input_tokens: 10, output_tokens: 2, cache_read_tokens: 0, cache_write_tokens: 0 }
  const call = { stop_reason: 'end_turn', model: 'm', request_id: 'r', attempts: 1, milliseconds: 5 }
  return { item_index, fingerprint: 'f00d', again: false, reply: { text: 'Sorry.', tokens, ...call }, ...change }
}
