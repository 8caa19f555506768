/** `itemwise show <pipeline> [version] [item]` */

import type { Stats } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { cachingSaved } from '../core/money/caching-saved.ts'
import { oneOffs, type Store, stepFiles, type VersionRef, versionFolder } from '../core/store.ts'
import { type Json, jsonText } from '../core/text/json.ts'
import { answerValue } from '../core/versions/changed-answer-fields.ts'
import { findItem, type ItemInStep } from '../core/versions/find-item.ts'
import { namedStep } from '../core/versions/find-step.ts'
import { handEdits } from '../core/versions/hand-edits.ts'
import { batchesOut } from '../core/versions/message-batches.ts'
import { processedItems } from '../core/versions/processed-items.ts'
import { stepErrors } from '../core/versions/step-errors.ts'
import { oddVersionsBefore } from '../core/versions/step-oddities.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import { claude } from '../models/claude/claude.ts'
import { currentOf } from '../workspace/current-version.ts'
import { type FoundVersion, findVersion, isOneOff } from '../workspace/find-version.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import { keptItem } from '../workspace/kept-item.ts'
import { editsDocument } from './edits-text.ts'
import { itemText } from './item-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { type ShownStep, type ShownVersion, versionText } from './show-text.ts'
import type { Terminal } from './terminal.ts'
import { hasStats } from './version-text.ts'

export interface ShowOptions extends StoreFlags {
  json?: boolean
  where?: string
  step?: string
  grep?: string
}

/** Shows a version or one item of it. Throws RequestRefused for an unknown one, RunFailed for damaged documents. */
export async function show(words: [string, string?, string?], options: ShowOptions, terminal: Terminal) {
  useFrugalHeap()
  const place = await openPlace(options, terminal)
  const store = await place.store()
  const [pipeline, version, item] = (await isOneOff(store, words[0])) ? [oneOffs, ...words] : words
  const found = await findVersion(store, pipeline, version).catch((error: unknown) =>
    withItemHint(error, { store, pipeline, word: version, item }),
  )
  if (options.grep !== undefined) return foundTexts(store, { ref: found.ref, item, options }, terminal)
  if (options.where !== undefined) return chosenItems(store, { ref: found.ref, item, options }, terminal)
  if (item !== undefined)
    return showItem(store, { ref: found.ref, item, step: options.step, json: options.json === true }, terminal)
  if (options.step !== undefined)
    throw new RequestRefused([
      '--step says which answers of an item, or of --where, are meant. Name an item, add --where or --grep, or leave --step out.',
    ])
  const shown = await shownVersion({ store, countable: place.countsUnfinished }, found)
  terminal.out(options.json ? `${jsonText(versionDocument(shown), 2)}\n` : versionText(shown))
  return 0
}

interface Chosen {
  ref: VersionRef
  item: string | undefined
  options: ShowOptions
}

async function chosenItems(store: Store, { ref, item, options }: Chosen, terminal: Terminal): Promise<number> {
  const { where = '', step, json = false } = options
  if (item !== undefined)
    throw new RequestRefused([`show takes an item or --where, but there are both. Leave ${item} or --where out.`])
  const { showWhere } = await import('./show-where.ts')
  return showWhere(store, { ref, where, step, json }, terminal)
}

async function foundTexts(store: Store, { ref, item, options }: Chosen, terminal: Terminal): Promise<number> {
  const { grep: pattern = '', where, step, json = false } = options
  if (item !== undefined)
    throw new RequestRefused([`show takes an item or --grep, but there are both. Leave ${item} or --grep out.`])
  const { showGrep } = await import('./show-grep.ts')
  return showGrep(store, { ref, pattern, where, step, json }, terminal)
}

/** Whoever names an item in the place of a version is told how to show it. Throws the error. */
async function withItemHint(
  error: unknown,
  {
    store,
    pipeline,
    word,
    item,
  }: { store: Store; pipeline: string; word: string | undefined; item: string | undefined },
): Promise<never> {
  if (!(error instanceof RequestRefused) || word === undefined || item !== undefined) throw error
  const name = pipeline.replace(/^outputs\//, '').replace(/\/+$/, '')
  const latest = (await store.pipelines()).includes(name) ? await store.latest(name) : undefined
  if (latest === undefined) throw error
  const isVersionName = /^(v?\d+|latest|@.*)$/.test(word)
  const isItem = !isVersionName || (await findItem(store, { pipeline: name, version: latest }, word)).length > 0
  if (!isItem) throw error
  const shown = /^[\w.@:+-]+$/.test(word) ? word : JSON.stringify(word)
  throw new RequestRefused([`${error.message} To show item ${word}: \`itemwise show ${name} latest ${shown}\`.`])
}

async function shownVersion(
  { store, countable }: { store: Store; countable: boolean },
  { ref, state }: FoundVersion,
): Promise<ShownVersion> {
  const current = await currentOf({ store, countable }, ref, state)
  const { metadata } = current
  const { stats } = metadata
  const steps = await versionSteps(store, ref)
  const shownSteps: ShownStep[] = []
  for (const step of steps) {
    const ofStep = hasStats(stats) ? stats.steps.find((one) => one.step === step.step) : undefined
    shownSteps.push({
      step: step.step,
      prompt_name: step.prompt_name,
      stats: ofStep ?? null,
      failures: current.failures?.(step.step) ?? (await stepErrors(store, ref, step.step)),
      files: await filesOf(store, ref, step),
    })
  }
  const out = metadata.status !== 'completed' ? await batchesOut(store, ref) : []
  return {
    pipeline: ref.pipeline,
    latest: await store.latest(ref.pipeline),
    state: { ...state, metadata, out },
    items: hasStats(stats) ? stats.processed : (await processedItems(store, ref)).size,
    steps: shownSteps,
    cachingSaved: hasStats(stats) ? await savedIn(store, ref, stats) : null,
    folder: versionFolder(ref),
    edits: await handEdits(store, ref),
    oddBefore: hasStats(stats) && stats.carried_over > 0 ? await oddVersionsBefore(store, ref) : [],
  }
}

/** With the prices of the workspace as they were; a version without run.json has none. */
async function savedIn(store: Store, ref: VersionRef, { steps }: Stats): Promise<number | null> {
  if ((await store.size(`${versionFolder(ref)}/run.json`)) === undefined) return null
  return cachingSaved(steps, { provider: claude, own: (await readRun(store, ref)).workspace.prices })
}

async function filesOf(store: Store, ref: VersionRef, { step, collated }: VersionStep): Promise<string[]> {
  const { ledger, errors } = stepFiles(ref, step)
  const sizes = await Promise.all([collated, ledger, errors].map((path) => store.size(path)))
  return [collated, ledger, errors].filter((_, at) => sizes[at] !== undefined)
}

function versionDocument({ pipeline, latest, state, items, steps, folder, edits }: ShownVersion): object {
  const { metadata, alive } = state
  return {
    pipeline,
    latest: latest ?? null,
    ...metadata,
    alive,
    items_processed: items,
    ...(state.out?.length ? { message_batches: state.out } : {}),
    steps,
    folder,
    ...editsDocument(edits),
  }
}

interface Shown {
  ref: VersionRef
  item: string
  /** All, if it is undefined. */
  step: string | undefined
  json: boolean
}

async function showItem(store: Store, { ref, item, step, json }: Shown, terminal: Terminal): Promise<number> {
  const all = await keptItem(store, ref, item)
  const steps = step === undefined ? all : [namedStep(all, step, `${ref.version} of ${ref.pipeline}`)]
  if (!json) terminal.out(itemText(item, steps, terminal.columns))
  else {
    const parsed = steps.map((step) => ({ ...step, answer: valueIn(step.answer), ...editedValue(step) }))
    terminal.out(`${jsonText({ pipeline: ref.pipeline, version: ref.version, item, steps: parsed }, 2)}\n`)
  }
  return 0
}

function valueIn(answer: string | null): Json {
  return answer === null ? null : answerValue(answer)
}

function editedValue({ edited }: ItemInStep): object {
  return edited === undefined ? {} : { edited: { ...edited, written: valueIn(edited.written) } }
}
