/** `itemwise run --run-id`: the process of a run that `itemwise serve` started. It works on if the server ends. */

import { RequestRefused, RunFailed, RunInterrupted } from '../../core/errors.ts'
import { parseRequest } from '../../core/request/parse-request.ts'
import type { Start } from '../../core/request/start.ts'
import { startOf } from '../../core/request/start-input.ts'
import type { Report } from '../../core/run-events.ts'
import { oneOffs, type Store, type VersionRef } from '../../core/store.ts'
import { isObject } from '../../core/text/json.ts'
import { fullPipelineName } from '../../core/versions/versions.ts'
import type { RunResult } from '../../runners/local.ts'
import { runStart, type StartTools } from '../../runners/run-pipeline.ts'
import { FolderStore } from '../../stores/folder.ts'
import { RunIndex } from '../../stores/run-index.ts'
import { useFrugalHeap } from '../../workspace/frugal-heap.ts'
import { modelOf } from '../places/laptop/start-run.ts'
import { tellEnd } from '../tell-end.ts'
import type { Terminal } from '../terminal.ts'
import { findWorkspace } from '../workspace.ts'
import { earlierOf, RunRecord } from './run-record.ts'

/** Reads the input from stdin, runs it, and writes into its entry of the index how it goes. Returns the exit code. */
export async function runIndexed(runId: string, flags: { workspace?: string }, terminal: Terminal): Promise<number> {
  const root = findWorkspace(terminal.cwd, flags.workspace)
  const text = process.stdin.isTTY ? '' : Buffer.concat(await Array.fromAsync(process.stdin)).toString('utf8')
  const index = new RunIndex(root)
  const run = index.read(runId)
  if (run?.process?.pid !== process.pid || run.ended !== null)
    throw new RequestRefused(['--run-id is how `itemwise serve` starts its runs. Name a request file instead.'])
  const stopped = stopSignal()
  const store = new FolderStore(root)
  const record = new RunRecord(index, run)
  let opened: VersionRef | null = null
  const report: Report = (event) => {
    if (event.type === 'opened') opened = event
    record.report(event)
  }
  try {
    const { start, offline } = startOf(inputIn(text))
    record.begin(pipelineAhead(start))
    if (start.kind === 'resume') record.earlier = earlierOf(await sumsBefore(store, start.resume))
    const result = await begun(start, { runId, offline, store, report, signal: stopped }, terminal)
    record.end()
    await tellEnd({ store, ref: result, error: null }, { workspace: root }, terminal)
    return result.stats.failed > 0 ? 3 : 0
  } catch (error) {
    record.end(error)
    if (opened !== null) await tellEnd({ store, ref: opened, error }, { workspace: root }, terminal)
    throw error
  }
}

async function begun(
  start: Start,
  { runId, offline, ...given }: Pick<StartTools, 'store' | 'report' | 'signal'> & { runId: string; offline: boolean },
  terminal: Terminal,
): Promise<RunResult> {
  useFrugalHeap()
  const begin = (tools: StartTools) => runStart({ ...tools, newId: () => runId }, start)
  const model = await modelOf(
    { offline, howOffline },
    { store: given.store, begin, start },
    { ...terminal, stdin: null },
  )
  return begin({ ...given, model })
}

const howOffline = 'send "offline": true beside the request'

/** However often it is told to stop, calls under way may end: they are paid for. */
function stopSignal(): AbortSignal {
  const stopped = new AbortController()
  const stop = () => stopped.abort(new RunInterrupted('The run was stopped.'))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
  return stopped.signal
}

function inputIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RunFailed('The request arrived incomplete: the server stopped while handing it over. Send it again.', {
      cause,
    })
  }
}

/** Where a new version will appear; null if none will, or none can. */
function pipelineAhead(start: Start): string | null {
  if (start.kind === 'resume') return null
  if (start.kind === 'apply') return start.apply.pipeline
  if (start.kind === 'rerun') return start.rerun.pipeline.replace(/^outputs\//, '').replace(/\/+$/, '')
  const { request } = parseRequest(start.request, 'The request')
  if (request === undefined || request.resume) return null
  const { pipeline_name, module_number, path_letter } = request
  if (pipeline_name === undefined || start.first !== undefined) return oneOffs
  return fullPipelineName({ pipeline_name, module_number, path_letter })
}

/** The sums of the version that is resumed; undefined if a killed process left them open, or no version is named. */
async function sumsBefore(store: Store, { pipeline, version }: { pipeline: string; version?: string | undefined }) {
  const state =
    (await store.version({ pipeline: oneOffs, version: pipeline })) ??
    (version === undefined ? undefined : await store.version({ pipeline, version }))
  const { status, stats } = state?.metadata ?? {}
  return status === 'running' || !isObject(stats) || !('steps' in stats) ? undefined : (stats.steps as never)
}
