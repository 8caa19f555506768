/** What a person asks for: a new run, a rerun, or a version that is to be continued. */

import type { SampleSize } from '../documents.ts'
import type { RunRequest } from '../request.ts'
import type { Apply } from './apply-edits.ts'
import type { Rerun } from './choose-base.ts'
import type { GivenInputs } from './given-inputs.ts'

export interface RunStart {
  kind: 'run'
  /** A run request, not yet checked. */
  request: unknown
  /** What the request is called in messages. Default: The request. */
  where?: string | undefined
  /** The first n items only, as a one-off that is not listed. */
  first?: number | undefined
  /** Kept as a one-off, although the request has a pipeline_name. */
  one_off?: boolean | undefined
  /** Inputs that were converted before. */
  inputs?: GivenInputs | undefined
  /** Only a sample of what would be taken otherwise. */
  sample?: SampleSize | undefined
}

export interface RerunRequest
  extends Omit<Rerun, 'flagged' | 'unreviewed' | 'keep_approved' | 'replace_edits' | 'suggest'> {
  pipeline: string
  /** Only items with a flagged answer, or whose last answer is unreviewed. */
  flagged?: boolean
  unreviewed?: boolean
  /** No items with an approved answer. */
  keep_approved?: boolean
  /** Edited answers may be asked for again, too. */
  replace_edits?: boolean
  /** Edited answers stay, and new ones are asked for beside them. */
  suggest?: boolean
  /** Only a sample of what would be taken otherwise. */
  sample?: SampleSize | undefined
  status?: string
  notes?: string
  /** Changes to the base's request: the model and the like. */
  change?: (request: RunRequest) => RunRequest
  /** Inputs that were converted before. */
  inputs?: GivenInputs | undefined
}

export interface ResumeRequest {
  /** A pipeline, or the id of a one-off run. */
  pipeline: string
  /** Default: the newest unfinished version. */
  version?: string | undefined
  /** The version's limit from now on, null for none. Default: the one it has. */
  max_cost_usd?: number | null | undefined
  /** The most requests at a time in every step from now on. Default: as many as the version was begun with. */
  max_concurrency?: number | undefined
}

export interface ApplyRequest extends Apply {
  pipeline: string
  status?: string
  notes?: string
  /** Changes to the base's request: its limit, and how many requests there are at a time. */
  change?: (request: RunRequest) => RunRequest
}

/** What a person asks for. */
export type Start =
  | RunStart
  | { kind: 'rerun'; rerun: RerunRequest }
  | { kind: 'apply'; apply: ApplyRequest }
  | { kind: 'resume'; resume: ResumeRequest }
