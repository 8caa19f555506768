/** Itemwise as a library. What a program does not use is not loaded. */
import './workspace/check-node.ts'
import type { RunResult } from './runners/local.ts'
import type { StackOptions, WorkspaceOptions } from './workspace/options.ts'
import type { Choice, RunOptions } from './workspace/place.ts'
import type { RunRequest } from './workspace/request.ts'
import { Workspace } from './workspace/workspace.ts'

export type { AnswerFormat } from './core/answer-format.ts'
export type {
  ErrorRow,
  Keep,
  LedgerLine,
  LogEntry,
  Metadata,
  Oddity,
  Spending,
  Stats,
  StepStats,
  Suggestion,
} from './core/documents.ts'
export {
  BudgetReached,
  type FailureKind,
  FileMissing,
  ItemFailed,
  ItemwiseError,
  ModelUnavailable,
  NothingToDo,
  PathOutside,
  RecordUnreadable,
  RequestRefused,
  RunDetached,
  RunFailed,
  RunInterrupted,
  StoreUnreadable,
  StoreUnwritable,
  VersionBusy,
} from './core/errors.ts'
export type { Estimate } from './core/estimate/estimate.ts'
export type { Basis as EstimateBasis, StepEstimate } from './core/estimate/estimate-step.ts'
export type {
  AnsweringModel,
  AskOptions,
  Outage,
  Outcome,
  Question,
  QuestionSettings,
  Reply,
  Retry,
  TokenCounts,
  Turn,
} from './core/model.ts'
export type { Range as EstimatedRange } from './core/money/range.ts'
export type { ApplyFields } from './core/request/apply-input.ts'
export type { RerunFields } from './core/request/rerun-input.ts'
export type { ResumeRequest } from './core/request/start.ts'
export type { Delivery, InputType, WrittenRequest, WrittenStep } from './core/request.ts'
export type { Review } from './core/review.ts'
export type { ReviewState } from './core/reviews/reviewed-state.ts'
export type { Progress } from './core/run-events.ts'
export type { AnswerCounts, StepComparison } from './core/versions/compare.ts'
export type { ExportFormat } from './formats/export/formats.ts'
export type { RunResult } from './runners/local.ts'
export { type AnswerOf, type AnswerOfStep, jsonSchema, type StandardSchema } from './workspace/answer-schema.ts'
export type { AnsweredItem } from './workspace/answers.ts'
export type { Comparison, Difference } from './workspace/comparison.ts'
export type { Separator } from './workspace/export-step.ts'
export type { Items } from './workspace/items-in-memory.ts'
export type { ItemStep } from './workspace/kept-item.ts'
export type { LabelChange } from './workspace/label-version.ts'
export type { StackOptions, WorkspaceOptions } from './workspace/options.ts'
export type { PipelineVersions } from './workspace/pipeline-versions.ts'
export type { Choice, RunOptions } from './workspace/place.ts'
export type { KnownFields, RunRequest, StepRequest } from './workspace/request.ts'
export type { RerunRequest } from './workspace/rerun-request.ts'
export type { ReviewedAnswer, ReviewOptions } from './workspace/reviews.ts'
export type { Run } from './workspace/run.ts'
export type { ExportOptions, Version } from './workspace/version.ts'
export type { Workspace } from './workspace/workspace.ts'

/** Opens the workspace in a folder: where prompts/, inputs/ and outputs/ are, as far as they are used. */
export function openWorkspace(folder: string, options?: WorkspaceOptions): Workspace
/** Opens the workspace of a stack on AWS, with the credentials of this process. The stack is looked for when it is first needed. */
export function openWorkspace(stack: StackOptions): Workspace
export function openWorkspace(where: string | StackOptions, options: WorkspaceOptions = {}): Workspace {
  return typeof where === 'string' ? new Workspace(where, options) : new Workspace(where.folder ?? null, where)
}

/** What `runPipeline` takes besides the request. */
export interface RunPipelineOptions extends WorkspaceOptions, RunOptions, Choice {
  /** The workspace: the folder with prompts/ and inputs/. Default: the current folder. */
  workspace?: string | undefined
}

/**
 * Runs a request and resolves when its version is completed; items may have failed, which `stats.failed` counts. `folder` and
 * `outputs` of the result are absolute paths. It is short for `run` of a workspace, and `done` of that run.
 * Throws RequestRefused before anything is paid for; RunFailed, ModelUnavailable, StoreUnwritable, BudgetReached or RunInterrupted
 * after which the version can be resumed; NothingToDo where it would change nothing; VersionBusy.
 */
export async function runPipeline(request: RunRequest, options: RunPipelineOptions = {}): Promise<RunResult> {
  const { workspace = '.', offline, apiKey, baseURL, model, smallHeap, ...rest } = options
  const given = Object.entries({ offline, apiKey, baseURL, model, smallHeap }).filter(
    ([, value]) => value !== undefined,
  )
  const run = await openWorkspace(workspace, Object.fromEntries(given)).run(request, rest)
  return run.done
}
