/**
 * What the API answers, as far as the page reads it. test/page/shapes-of-api.test.ts holds it to the schemas of docs/openapi.json.
 * Long, since it has all of the API that the page reads.
 */

/** What the API says if it refuses (application/problem+json). */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  problems?: string[]
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export interface Counts {
  items: number
  processed: number
  carried_over: number
  skipped: number
  failed: number
  input_tokens: number
  output_tokens: number
  cost_usd: number | null
}

export interface Oddity {
  kind: string
  field?: string
  count: number
  of: number
  item_ids: string[]
  message: string
  to_do: string
}

export interface StepStats extends Counts {
  step: number
  prompt_name: string
  model: string
  edited?: number
  failed_by_kind?: Record<string, number>
  oddities?: Oddity[]
}

export interface ListedVersion {
  version: string
  timestamp: string
  mode: string
  base_version: string | null
  pipeline_status: string
  notes: string | null
  duration_seconds: number
  status: 'running' | 'completed' | 'failed' | 'aborted'
  stats: (Counts & { steps: StepStats[] }) | { steps?: undefined }
  alive: boolean
}

export interface PipelinePage {
  pipelines: {
    pipeline: string
    latest: string | null
    record: ListedVersion | null
    running: (ListedVersion & { run_id: string | null })[]
  }[]
  next: string | null
}

export interface VersionPage {
  pipeline: string
  latest: string | null
  versions: ListedVersion[]
  unreadable?: string[]
  next: string | null
}

export interface StepDocument {
  step: number
  prompt_name: string
  model: string | null
  collated: boolean
  is_text: boolean
  output_schema: { [name: string]: Json } | null
  id_fields: string[]
  template: string | null
}

export type ReviewState = 'unreviewed' | 'approved' | 'flagged' | 'edited'

/** What is known of an answer, as people said it. */
export interface Said {
  review: ReviewState | null
  stale: boolean
  /** `applied`: a person wrote the answer. `waiting`: no version has put the edit in place yet. */
  edit: 'applied' | 'waiting' | null
  comment: string | null
  by: string | null
  at: string | null
}

export interface Row extends Said {
  item_id: string
  root_id: string
  output_id: number | null
  item_index: number
  state: 'answered' | 'failed' | 'skipped'
  decision: 'process' | 'carry' | 'skip'
  reason: string
  answer_sha256: string | null
  answer_version: string | null
  answer: Json
  cut: boolean
  /** Whether the model suggests another answer beside an edited one. */
  suggested: boolean
  error: { kind: string; message: string } | null
  model: string | null
  cost_usd: number | null
  input_tokens: number
  output_tokens: number
  milliseconds: number
  attempts: number
}

export interface RowPage {
  total: number
  items: number
  from: number
  rows: Row[]
}

export interface Facets {
  items: number
  total: number
  review: Record<ReviewState | 'stale' | 'none', number>
  state: Record<string, number>
  decision: Record<string, number>
  failed: Record<string, number>
  change: Record<'changed' | 'added' | 'same', number> | null
  /** Null if it is not asked for. */
  oddities: { kind: string; field?: string; count: number }[] | null
  fields: { field: string; values: { value: Json; count: number }[]; others: number }[]
}

/** What the model answered beside an edited answer. */
export interface Suggestion {
  version: string
  answer: string | null
  sha256: string | null
  fingerprint: string | null
  model: string | null
  error: { kind: string; message: string } | null
}

export interface LedgerLine {
  item_id: string
  root_id: string
  state: 'answered' | 'failed' | 'skipped'
  decision: 'process' | 'carry' | 'skip'
  reason: string
  answer_version: string | null
  answer_sha256?: string | null
  model: string | null
  input_tokens: number
  output_tokens: number
  cost_usd: number | null
  milliseconds: number
  attempts: number
  request_id: string | null
  error: { kind: string; message: string } | null
  edited_by?: string
  suggestion?: Suggestion
}

export type Act = 'approve' | 'flag' | 'comment' | 'clear' | 'edit'

export interface Review {
  at: string
  by: string
  step: number
  root_id: string
  version: string
  answer_sha256: string
  act: Act
  comment?: string
  answer?: Json
}

/** What was kept. */
export interface AddedReviews {
  count: number
  by: string
  at: string
}

/** Who is here, and where. */
export interface Session {
  reviewer: string | null
  target: 'local' | 'aws'
  workspace: string | null
}

export interface PromptPart {
  text: string
  /** What it came from; null: the template's own words. */
  from: string | null
}

export interface ItemStep {
  step: number
  prompt_name: string
  line: LedgerLine | null
  answering_line: LedgerLine | null
  prompt_version: string
  prompt: string | null
  prompt_edited?: true
  prompt_parts: PromptPart[] | null
  answer: string | null
  edited?: { path: string; written: string | null }
  reply: string | null
  /** Null without a line of the ledger. */
  standing: (Said & { root_id: string; answer_sha256: string | null }) | null
  acts: Review[]
}

export interface ItemDocument {
  item_id: string
  steps: ItemStep[]
}

export interface StoryPage {
  versions: {
    version: string
    timestamp: string
    pipeline_status: string
    status: string
    line: LedgerLine | null
    answer: string | null
    same_as_before: boolean | null
  }[]
  next: string | null
}

/** Where an item stands among those that a filter takes. */
export interface Position {
  at: number | null
  total: number
  /** The nearest unreviewed ones; `at` is null if the filter does not take them. */
  next: { at: number | null; root_id: string } | null
  previous: { at: number | null; root_id: string } | null
}

/** An answer and how it is reviewed. */
export type Judged = Said & { root_id: string; answer_sha256: string | null; answer: string | null }

export interface Difference {
  kind: 'changed' | 'added' | 'removed'
  item_id: string
  root_id: string
  before: Judged | null
  after: Judged | null
  /** Whether an answer is so long that only its beginning is here. */
  cut: boolean
}

export interface ComparisonPage {
  against: string
  version: string
  step: number
  counts: { same: number; changed: number; added: number; removed: number }
  total: number
  instructions: {
    template: { before: string; after: string } | null
    settings: { setting: string; before: string; after: string }[]
  }
  differences: Difference[]
}

/** A template of the workspace, as the next run reads it. */
export interface TemplateFile {
  path: string
  sha256: string
  text: string
}

/** What starts a run; `POST /runs` and `POST /estimates` have it as their body. */
export type StartBody = { rerun: RerunBody; offline?: boolean } | { apply: { pipeline: string }; offline?: boolean }

export interface RerunBody {
  pipeline: string
  base?: string
  ids: string[] | null
  flagged?: boolean
  unreviewed?: boolean
  failed?: boolean
  changed?: boolean
  keep_approved?: boolean
  suggest?: boolean
}

export interface Range {
  low: number
  likely: number
  high: number
}

export interface Estimate {
  requests: number
  /** Null if a model has no known price. */
  cost_usd: Range | null
  /** Whether later steps depend on answers that are not there yet. */
  incomplete: boolean
  live_seconds: number | null
  steps: { step: number; process: number; carry: number; known: boolean }[]
  warnings: string[]
}

export interface RunState {
  run_id: string
  status: 'running' | 'completed' | 'failed' | 'aborted' | 'refused' | 'nothing_to_do'
  pipeline: string | null
  version: string | null
  steps: {
    step: number
    items: number
    process: number
    carry: number
    skip: number
    answered: number
    failed: number
  }[]
  cost_usd: number | null
  error: { name: string; message: string } | null
}
