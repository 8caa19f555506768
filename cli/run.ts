/** `itemwise run`: a request file, with flags that override it. */
import { readFile } from 'node:fs/promises'
import { basename, extname, parse, relative, resolve } from 'node:path'
import { RequestRefused } from '../core/errors.ts'
import { parseYaml } from '../core/request/parse-request.ts'
import { sampleOf } from '../core/request/sampling.ts'
import type { Store } from '../core/store.ts'
import { didYouMean, someOf } from '../core/text/nearest.ts'
import { readText } from '../core/versions/version-documents.ts'
import { NoModel } from '../runners/choose-model.ts'
import { dryRunStart } from '../runners/dry-run.ts'
import type { RunChoice } from '../runners/run-pipeline.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import { dryRunText } from './dry-run-text.ts'
import { idsIn } from './ids-in.ts'
import { openPlace } from './places/open-place.ts'
import { requestOfPipeline } from './request-of-pipeline.ts'
import { deliveryIn, type HalfPriceFlags, limitIn, type RunOptions } from './run-options.ts'
import { savedRequest, savedRequests } from './saved-request.ts'
import type { Terminal } from './terminal.ts'
import { findWorkspace, openWorkspace } from './workspace.ts'

export interface RunFlags extends RunOptions, HalfPriceFlags {
  status?: string
  notes?: string
  only?: string[]
  skip?: string[]
  first?: number
  where?: string
  idsFrom?: string
  sample?: number
  seed?: number
  model?: string
  concurrency?: number
  dryRun?: boolean
  runId?: string
}

export async function run([file]: [string?], flags: RunFlags, terminal: Terminal): Promise<number> {
  if (flags.runId !== undefined)
    return (await import('./serve/run-indexed.ts')).runIndexed(flags.runId, flags, terminal)
  const place = await openPlace(flags, terminal)
  const local = openWorkspace(flags, terminal)
  const { request, choice } = await requestOf(file, { flags, store: local }, terminal)
  const start = { kind: 'run' as const, request, ...choice }
  if (flags.dryRun) {
    useFrugalHeap()
    const model = new NoModel(flags.offline ?? false, place.batches)
    const store = await place.storeToCheck()
    terminal.out(dryRunText(await dryRunStart({ store, model, stdin: terminal.stdin }, start), flags))
    return 0
  }
  const { first, sample, seed, offline = false } = flags
  const input = { request, ...defined({ first, sample, seed }), offline }
  return place.run({ flags, start, input, wantsVerbose: isVerbose(request) })
}

/** The request file with what the flags change in it. */
export async function requestOf(
  file: string | undefined,
  { flags, store }: { flags: RunFlags; store: Store },
  terminal: Terminal,
): Promise<{ request: unknown; choice: RunChoice }> {
  const { request, where } = await readRequest(file, { flags, store }, terminal)
  const choice = { where, ...defined({ first: flags.first, sample: sampleOf(flags) }) }
  const only = await idsOf(flags, terminal)
  return { request: overridden(request, { ...flags, ...(only && { only }) }), choice }
}

/** The ids that --only and --ids-from name together. */
async function idsOf({ only, idsFrom }: RunFlags, terminal: Terminal): Promise<string[] | undefined> {
  return idsFrom === undefined ? only : [...(only ?? []), ...(await idsIn(idsFrom, terminal))]
}

function isVerbose(request: unknown): boolean {
  return typeof request === 'object' && request !== null && 'verbose' in request && request.verbose === true
}

/** The request file: as named from the current folder or from the workspace, or the one in pipelines/ of that name. */
async function readRequest(
  file: string | undefined,
  { flags, store }: { flags: RunFlags; store: Store },
  terminal: Terminal,
): Promise<{ request: unknown; where: string }> {
  const workspace = findWorkspace(terminal.cwd, flags.workspace)
  const saved = await savedRequests(store)
  if (file === undefined) {
    throw new RequestRefused([
      `Which pipeline? ${saved.length === 0 ? 'There are none in pipelines/.' : `Name a request file: ${someOf(saved.map((name) => `pipelines/${name}`))}.`}`,
    ])
  }
  for (const path of [resolve(terminal.cwd, file), resolve(workspace, file)]) {
    const text = await textAt(path)
    const inside = relative(workspace, path)
    const where = inside.startsWith('..') ? file : inside
    if (text !== undefined) return { request: parseYaml(text, where), where }
  }
  const where = (await savedRequest(store, file)) ?? (await requestOfPipeline(store, file))
  if (where !== undefined) return { request: parseYaml(await readText(store, where), where), where }
  const known = extname(file) === '' ? saved.map((name) => parse(name).name) : saved
  const hint = didYouMean(basename(file), known) || (saved.length === 0 ? '' : ` pipelines/ has ${someOf(saved)}.`)
  throw new RequestRefused([`There is no request file ${file}.${hint}`])
}

async function textAt(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '')) return undefined
    throw error
  })
}

/** Applies the flags to the request. Anything that is not a request is left for the check to refuse. */
function overridden(request: unknown, flags: RunFlags): unknown {
  if (typeof request !== 'object' || request === null || !('steps' in request) || !Array.isArray(request.steps))
    return request
  const { status, notes, only, skip, where, model, concurrency } = flags
  const all = defined({ model, max_concurrency: concurrency })
  const filters = defined({ batch_only_items: only, batch_skip_items: skip })
  const steps = request.steps.map((step: unknown, at) =>
    typeof step === 'object' && step !== null
      ? { ...step, ...all, ...(at === 0 ? { ...filters, ...whereOf(step, where) } : {}) }
      : step,
  )
  const max_cost_usd = limitIn(flags)
  const limit = max_cost_usd === undefined ? {} : { max_cost_usd: max_cost_usd ?? undefined }
  return { ...request, ...defined({ pipeline_status: status, notes, ...deliveryIn(flags) }), ...limit, steps }
}

/** An expression of the request holds, too. */
function whereOf(step: object, where: string | undefined): object {
  if (where === undefined) return {}
  const own = 'batch_where' in step ? step.batch_where : undefined
  return { batch_where: own === undefined ? where : `(${own}) and (${where})` }
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
