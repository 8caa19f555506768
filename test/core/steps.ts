/** A step and a line of its plan with nothing special about them, for tests that change one thing. */
import type { PlanLine, ResolvedStep } from '../../core/documents.ts'

export function stepWith(change: Partial<ResolvedStep> = {}): ResolvedStep {
  return {
    step: 1,
    prompt_name: 'write',
    template: 'templates/01_write.md',
    template_sha256: 'f00d',
    input: { from: 'file', path: 'inputs/a.json', resolved: 'inputs/a.json', pointer: '', sha256: '' },
    output_file: 'write.json',
    batch_mode: true,
    id_field: 'id',
    output_id_field: null,
    id_start: 1,
    only_items: null,
    skip_items: [],
    skip_existing: false,
    stop_on_error: false,
    model: 'claude-haiku-5-5',
    max_tokens: 4096,
    effort: null,
    thinking: 'off',
    system: null,
    output_schema: null,
    max_concurrency: 16,
    next_index: null,
    ...change,
  }
}

export function planLine(item_index: number, change: Partial<PlanLine> = {}): PlanLine {
  const id = change.item_id ?? String(4000 + item_index)
  return {
    item_index,
    item_id: id,
    id_json: JSON.stringify(id),
    root_id: id,
    segment: id,
    output_id: null,
    decision: 'process',
    reason: 'new',
    item: `{"id": ${JSON.stringify(id)}}`,
    root: null,
    base: null,
    ...change,
  }
}
