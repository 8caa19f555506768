/** Writes versions into a workspace folder as a run would leave them, for tests of what reads them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ErrorRow, LedgerLine, Metadata, ResolvedStep, RunDocument } from '../core/documents.ts'
import { stepFiles, stepNumber, type VersionRef, versionFolder } from '../core/store.ts'
import { sha256 } from '../core/text/ids.ts'
import { stepWith } from './core/steps.ts'

export interface FolderItem {
  /** Id of the root item. */
  id: string
  /** The answer with its ids, as JSON text; without it the item failed. */
  answer?: string
  /** The version that asked for the answer, where another than this one did. */
  from?: string
  line?: Partial<LedgerLine>
}

export interface FolderStep {
  prompt_name: string
  template?: string
  items: FolderItem[]
  step?: Partial<ResolvedStep>
}

export interface FolderVersion {
  metadata?: Partial<Metadata>
  steps?: FolderStep[]
}

/** A workspace in a temporary folder. */
export class WorkspaceFolder {
  readonly root = mkdtempSync(join(tmpdir(), 'itemwise-'))

  constructor() {
    this.write('prompts/.keep', '')
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), content)
  }

  /** Writes a whole version; `latest` points at it where it is completed. */
  version(ref: VersionRef, { metadata, steps = [] }: FolderVersion): void {
    const record = metadataOf(ref, metadata)
    this.#document(`${versionFolder(ref)}/metadata.json`, record)
    const resolved = steps.map(resolvedStep)
    this.#document(`${versionFolder(ref)}/run.json`, runOf(record, resolved))
    for (const [at, step] of steps.entries()) this.#step(ref, resolved[at]!, step)
    if (record.status === 'completed') this.latest(ref)
  }

  /** A version in the older spelling: metadata with `stats: {}`, and answers below items/. */
  olderVersion(ref: VersionRef, { metadata, ids = [] }: { metadata?: Partial<Metadata>; ids?: string[] }): void {
    const record = metadataOf(ref, { stats: {}, logs: [], ...metadata })
    this.#document(`${versionFolder(ref)}/metadata.json`, record)
    for (const id of ids) this.write(`${versionFolder(ref)}/items/${encodeURIComponent(id)}/01_output.json`, '{}\n')
    if (record.status === 'completed') this.latest(ref)
  }

  latest({ pipeline, version }: VersionRef): void {
    const link = join(this.root, 'outputs', pipeline, 'latest')
    rmSync(link, { force: true })
    symlinkSync(version, link)
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  #document(path: string, content: unknown): void {
    this.write(path, `${JSON.stringify(content, null, 2)}\n`)
  }

  #step(ref: VersionRef, resolved: ResolvedStep, step: FolderStep): void {
    const files = stepFiles(ref, resolved.step)
    this.write(`${versionFolder(ref)}/${resolved.template}`, step.template ?? '{text}')
    let collated = ''
    const lines = step.items.map((item, at) => {
      const [before, after] = resolved.batch_mode ? [collated === '' ? '[\n  ' : ',\n  ', ''] : ['', '\n']
      const start = Buffer.byteLength(collated + before)
      const answer = resolved.batch_mode ? item.answer?.replaceAll('\n', '\n  ') : item.answer
      const bytes: [number, number] = [start, start + Buffer.byteLength(answer ?? '')]
      if (answer !== undefined) collated += before + answer + after
      const line = ledgerLineOf(ref, { item, index: at + 1, bytes })
      if (line.decision === 'process') {
        this.write(files.prompt(resolved.batch_mode ? line.segment : null), `${step.prompt_name} of ${item.id}`)
      }
      return line
    })
    this.write(files.collated(resolved.output_file), resolved.batch_mode ? `${collated || '['}\n]\n` : collated)
    this.write(files.ledger, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const errors = lines.filter(({ state }) => state === 'failed').map((line) => errorRowOf(line, resolved.step))
    if (errors.length > 0) this.#document(files.errors, errors)
  }
}

function metadataOf({ pipeline, version }: VersionRef, changes: Partial<Metadata> = {}): Metadata {
  return {
    version,
    pipeline_name: pipeline,
    timestamp: '2026-03-02T08:00:00',
    mode: 'initial',
    base_version: null,
    module_number: null,
    path_letter: null,
    pipeline_status: 'draft',
    notes: null,
    duration_seconds: 1,
    status: 'completed',
    full_pipeline_name: pipeline,
    logs: [],
    stats: {},
    ...changes,
  }
}

function runOf({ mode, base_version }: Metadata, steps: ResolvedStep[]): RunDocument {
  const request = { steps: steps.map(({ prompt_name }) => ({ prompt_name })) }
  const times = { run_id: '01KJ0000000000000000000000', created: '2026-03-02T07:00:00.000Z' }
  return { ...times, mode, base_version, stand_in: false, request, workspace: {}, rerun: null, steps }
}

function resolvedStep({ prompt_name, template = '{text}', step = {} }: FolderStep, at: number): ResolvedStep {
  const number = at + 1
  const files = {
    template: `templates/${stepNumber(number)}_${prompt_name}.md`,
    template_sha256: sha256(template),
    output_file: `${prompt_name}.json`,
  }
  const input = at === 0 ? {} : { input: { from: 'step', step: at } as const }
  return stepWith({ step: number, prompt_name, ...files, ...input, ...step })
}

interface Placed {
  item: FolderItem
  index: number
  bytes: [number, number]
}

function ledgerLineOf(ref: VersionRef, { item, index, bytes }: Placed): LedgerLine {
  const answered = item.answer !== undefined
  return {
    item_id: item.id,
    root_id: item.id,
    item_index: index,
    output_id: null,
    segment: encodeURIComponent(item.id),
    decision: item.from === undefined ? 'process' : 'carry',
    reason: item.from === undefined ? 'new' : 'not_chosen',
    state: answered ? 'answered' : 'failed',
    answer_version: answered ? (item.from ?? ref.version) : null,
    answer_bytes: answered ? bytes : null,
    fingerprint: sha256(item.id),
    model: 'claude-haiku-5-5',
    input_tokens: item.from === undefined ? 1000 : 0,
    output_tokens: item.from === undefined ? 50 : 0,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cost_usd: item.from === undefined ? 0.001 : 0,
    milliseconds: item.from === undefined ? 1500 : 0,
    attempts: item.from === undefined ? 1 : 0,
    request_id: item.from === undefined ? `req_${item.id}` : null,
    error: answered ? null : { kind: 'invalid_json', message: 'The answer was no JSON.' },
    ...item.line,
  }
}

function errorRowOf({ item_id, item_index, error, attempts, request_id }: LedgerLine, step: number): ErrorRow {
  const { kind, message } = error ?? { kind: 'bad_response' as const, message: '' }
  return { item_id, item_index, error: message, step, kind, attempts, request_id }
}
