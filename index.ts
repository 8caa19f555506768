/** Itemwise as a library. */
import { RequestRefused } from './core/errors.ts'
import type { RunResult } from './runners/local.ts'
import type { RunRequest } from './workspace/request.ts'
import { type Choice, type RunOptions, Workspace, type WorkspaceOptions } from './workspace/workspace.ts'

export type { ErrorRow, LedgerLine, Metadata, Spending, Stats, StepStats } from './core/documents.ts'
export {
  BudgetReached,
  FileMissing,
  ItemwiseError,
  ModelUnavailable,
  NothingToDo,
  PathOutside,
  RecordUnreadable,
  RequestRefused,
  RunFailed,
  RunInterrupted,
  StoreUnwritable,
  VersionBusy,
} from './core/errors.ts'
export type { Estimate } from './core/estimate/estimate.ts'
export type { AskOptions, Model, Question, Reply, Turn } from './core/model.ts'
export type { Progress } from './core/run-events.ts'
export type { RunResult } from './runners/local.ts'
export type { AnswerOf, AnswerOfStep, StandardSchema } from './workspace/answer-schema.ts'
export type { AnsweredItem } from './workspace/answers.ts'
export type { Comparison, Difference } from './workspace/comparison.ts'
export type { Items } from './workspace/items-in-memory.ts'
export type { LabelChange } from './workspace/label-version.ts'
export type { RunRequest, StepRequest } from './workspace/request.ts'
export type { RerunRequest } from './workspace/rerun-request.ts'
export type { Run } from './workspace/run.ts'
export type { ExportOptions, ItemStep, Version } from './workspace/version.ts'
export type { Choice, PipelineVersions, RunOptions, Workspace, WorkspaceOptions } from './workspace/workspace.ts'

/** As in package.json: with an older one a run would fail somewhere, and the file that it just read would seem to be at fault. */
const wantedNode = 24

/** Opens the workspace in a folder: where prompts/, inputs/ and outputs/ are, as far as they are used. Throws RequestRefused under a Node that is too old. */
export function openWorkspace(folder: string, options: WorkspaceOptions = {}): Workspace {
  checkNode(process.version)
  return new Workspace(folder, options)
}

export interface RunPipelineOptions extends WorkspaceOptions, RunOptions, Choice {
  /** The workspace: the folder with prompts/ and inputs/. Default: the current folder. */
  workspace?: string
}

/**
 * Runs a request and resolves when its version is completed; items may have failed, which `stats.failed` counts. `folder` and
 * `outputs` of the result are absolute paths. It is short for `run` of a workspace, and `done` of that run.
 * Throws RequestRefused before anything is paid for; RunFailed, ModelUnavailable, StoreUnwritable, BudgetReached or RunInterrupted
 * after which the version can be resumed; NothingToDo where it would change nothing; VersionBusy.
 */
export async function runPipeline(request: RunRequest, options: RunPipelineOptions = {}): Promise<RunResult> {
  const { workspace = '.', offline, apiKey, baseURL, model, ...rest } = options
  const given = Object.entries({ offline, apiKey, baseURL, model }).filter(([, value]) => value !== undefined)
  const run = await openWorkspace(workspace, Object.fromEntries(given)).run(request, rest)
  return run.done
}

function checkNode(version: string): void {
  if (Number(version.slice(1).split('.')[0]) >= wantedNode) return
  throw new RequestRefused([
    `itemwise needs Node.js ${wantedNode} or newer, and this is ${version}. Install it from https://nodejs.org, and run the program again.`,
  ])
}
