/** Itemwise as a library. */
import { join, resolve } from 'node:path'
import { RequestRefused } from './core/errors.ts'
import { interruption } from './core/interruption.ts'
import type { Model } from './core/model.ts'
import type { RunRequest } from './core/request.ts'
import type { Progress } from './core/run-events.ts'
import { chooseModel } from './runners/choose-model.ts'
import type { RunResult } from './runners/local.ts'
import { runRequest } from './runners/run-pipeline.ts'
import { FolderStore } from './stores/folder.ts'

export type { Metadata, Spending, Stats, StepStats } from './core/documents.ts'
export {
  BudgetReached,
  FileMissing,
  ModelUnavailable,
  NothingToDo,
  PathOutside,
  RequestRefused,
  RunFailed,
  RunInterrupted,
  StoreUnwritable,
  VersionBusy,
} from './core/errors.ts'
export type { AskOptions, Model, Question, Reply, Turn } from './core/model.ts'
export type { RunRequest, StepRequest } from './core/request.ts'
export type { Progress } from './core/run-events.ts'
export type { RunResult } from './runners/local.ts'

/** As in package.json: with an older one a run would fail somewhere, and the file that it just read would seem to be at fault. */
const wantedNode = 24

export interface RunPipelineOptions {
  /** The workspace: the folder with prompts/ and inputs/. Default: the current folder. */
  workspace?: string
  /** Answers by the stand-in instead of a model. */
  offline?: boolean
  /** Default: ANTHROPIC_API_KEY. */
  apiKey?: string
  /** Default: ANTHROPIC_BASE_URL, else https://api.anthropic.com. */
  baseURL?: string
  /** A model of your own, instead of the API and the stand-in. */
  model?: Model
  /** The first n items only, as a one-off that is not listed. */
  first?: number
  /** Only a sample of the items that would be taken otherwise; the same seed draws the same items. */
  sample?: { count: number; seed: number }
  onProgress?: (event: Progress) => void
  /**
   * Aborting it stops softly: no new calls, those under way end, and the version can be resumed with `resume: true`. The error is
   * RunInterrupted, and the signal's reason is its `cause`.
   */
  signal?: AbortSignal
}

/**
 * Runs a request and resolves when its version is completed; items may have failed, which `stats.failed` counts. `folder` and
 * `outputs` of the result are absolute paths.
 * Throws RequestRefused before anything is paid for; RunFailed, ModelUnavailable, StoreUnwritable, BudgetReached or RunInterrupted
 * after which the version can be resumed; NothingToDo where it would change nothing; VersionBusy.
 */
export async function runPipeline(request: RunRequest, options: RunPipelineOptions = {}): Promise<RunResult> {
  checkNode(process.version)
  const { workspace = '.', offline, onProgress, signal, first, sample } = options
  if (signal?.aborted) throw interruption(signal)
  const apiKey = options.apiKey ?? process.env.ANTHROPIC_API_KEY
  const baseURL = options.baseURL ?? process.env.ANTHROPIC_BASE_URL
  const model = options.model ?? (await chooseModel({ offline, apiKey, baseURL, howOffline: 'set offline: true' }))
  const root = resolve(workspace)
  const tools = {
    store: new FolderStore(root),
    model,
    ...(onProgress && { report: onProgress }),
    ...(signal && { signal }),
  }
  const result = await runRequest(tools, request, { ...(first === undefined ? {} : { first }), sample })
  const outputs = result.outputs.map((path) => join(root, path))
  return { ...result, folder: join(root, result.folder), outputs }
}

function checkNode(version: string): void {
  if (Number(version.slice(1).split('.')[0]) >= wantedNode) return
  throw new RequestRefused([
    `itemwise needs Node.js ${wantedNode} or newer, and this is ${version}. Install it from https://nodejs.org, and run the program again.`,
  ])
}
