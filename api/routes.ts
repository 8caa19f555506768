/** The routes of the API: what each is for, what it takes and what it answers. The app and docs/openapi.json are made from this table. */
import * as z from 'zod'
import { startInput } from '../core/request/start-input.ts'
import type { Call } from './call.ts'
import * as documents from './documents.ts'
import { collatedFile, listItems, showItem } from './items.ts'
import { labelVersion, listPipelines, listVersions, showVersion } from './pipelines.ts'
import type { Ports } from './ports.ts'
import { listRuns, resumeRun, showRun, startRun, stopRun } from './runs.ts'

export interface Route {
  name: string
  method: 'GET' | 'POST' | 'PATCH'
  /** `/runs/{run_id}/abort` */
  path: string
  does: string
  /** What the body has to be; null if there is none. */
  takes: z.ZodType | null
  /** Whether no body means an empty one. */
  bodyOptional?: boolean
  /** Whether an Idempotency-Key counts. */
  keyed?: boolean
  /** Whether it answers a page: ?limit= and ?next=. */
  paged?: boolean
  /** What else the query may say. */
  query?: z.ZodObject
  status: 200 | 202
  /** A document; null: a file. */
  answers: z.ZodType | null
  answer: (ports: Ports, call: Call) => Promise<object>
}

const step = z.int().min(1).max(99)

export const routes: readonly Route[] = [
  {
    name: 'startRun',
    method: 'POST',
    path: '/runs',
    does: 'Start a run. The body is a run request, or one with what stands beside it.',
    takes: startInput,
    keyed: true,
    status: 202,
    answers: documents.startedRun,
    answer: startRun,
  },
  {
    name: 'listRuns',
    method: 'GET',
    path: '/runs',
    does: 'The runs, newest first: on AWS of the last 90 days, on a laptop those that the server started.',
    takes: null,
    paged: true,
    query: z.object({
      pipeline: z.string().min(1).describe('Only runs of versions of this pipeline; _runs for one-offs.').optional(),
      status: z.enum(documents.runStates).optional(),
    }),
    status: 200,
    answers: documents.runPage,
    answer: listRuns,
  },
  {
    name: 'showRun',
    method: 'GET',
    path: '/runs/{run_id}',
    does: 'How a run stands: status, pipeline, version, counts, cost so far.',
    takes: null,
    status: 200,
    answers: documents.runState,
    answer: showRun,
  },
  {
    name: 'resumeRun',
    method: 'POST',
    path: '/runs/{run_id}/resume',
    does: 'Resume the version that a run began, as a run of its own. Nothing that is kept is paid for again.',
    takes: documents.resumeBody,
    bodyOptional: true,
    keyed: true,
    status: 202,
    answers: documents.startedRun,
    answer: resumeRun,
  },
  {
    name: 'abortRun',
    method: 'POST',
    path: '/runs/{run_id}/abort',
    does: 'Stop a run: no new calls, what was answered is kept, and it can be resumed.',
    takes: null,
    status: 202,
    answers: documents.stoppingRun,
    answer: stopRun,
  },
  {
    name: 'listPipelines',
    method: 'GET',
    path: '/pipelines',
    does: 'The pipelines, by name.',
    takes: null,
    paged: true,
    status: 200,
    answers: documents.pipelinePage,
    answer: listPipelines,
  },
  {
    name: 'listVersions',
    method: 'GET',
    path: '/pipelines/{pipeline}/versions',
    does: 'The versions of a pipeline, newest first, without their logs.',
    takes: null,
    paged: true,
    status: 200,
    answers: documents.versionPage,
    answer: listVersions,
  },
  {
    name: 'showVersion',
    method: 'GET',
    path: '/pipelines/{pipeline}/versions/{version}',
    does: 'A version: v3, latest, or @final for the newest completed one with that label.',
    takes: null,
    status: 200,
    answers: documents.versionDocument,
    answer: showVersion,
  },
  {
    name: 'labelVersion',
    method: 'PATCH',
    path: '/pipelines/{pipeline}/versions/{version}',
    does: 'Change the label or the notes of a version that is not running.',
    takes: documents.labelBody,
    status: 200,
    answers: documents.versionDocument,
    answer: labelVersion,
  },
  {
    name: 'listItems',
    method: 'GET',
    path: '/pipelines/{pipeline}/versions/{version}/items',
    does: 'The items of a step that is collated: what happened to each, and why.',
    takes: null,
    paged: true,
    query: z.object({
      step: step.default(1),
      state: z.enum(documents.itemStates).describe('Only items in this state.').optional(),
    }),
    status: 200,
    answers: documents.itemPage,
    answer: listItems,
  },
  {
    name: 'showItem',
    method: 'GET',
    path: '/pipelines/{pipeline}/versions/{version}/items/{item_id}',
    does: 'One item in every step that has it, by its id of the input, or its own or sequential one: prompt, answer, line of the ledger.',
    takes: null,
    query: z.object({ step: step.describe('Only this step.').optional() }),
    status: 200,
    answers: documents.itemDocument,
    answer: showItem,
  },
  {
    name: 'showCollated',
    method: 'GET',
    path: '/pipelines/{pipeline}/versions/{version}/steps/{step}/collated',
    does: 'The collated file of a step.',
    takes: null,
    status: 200,
    answers: null,
    answer: collatedFile,
  },
]
