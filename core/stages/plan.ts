/** Stage `plan`: writes for one step which items there are, what happens to each and why, and cuts the work into chunks. */

import type { PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { answersOf } from '../items/candidates.ts'
import { type ItemSource, planLines, wholeInputOf } from '../items/plan-lines.ts'
import { canFold } from '../items/plan-ranges.ts'
import { plannedGaps } from '../items/planned-gaps.ts'
import type { StepWhere } from '../items/step-where.ts'
import { type Planned, Tally } from '../items/tally.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { nearMissText } from '../templates/gaps.ts'
import { usesRoot } from '../templates/questions.ts'
import type { Template } from '../templates/template.ts'
import { templateNameFirst } from '../templates/template-name.ts'
import type { Json } from '../text/json.ts'
import { elementsIn, JsonInvalid } from '../text/json-array.ts'
import { valueAt } from '../text/json-pointer.ts'
import { lines } from '../text/lines.ts'
import { appliedEdits } from '../versions/applied-edits.ts'
import { CarriedFold, type PlanRange } from '../versions/carried-range.ts'
import { readTemplate } from '../versions/kept-template.ts'
import { readLedger } from '../versions/ledger.ts'
import { parsePlanText, planItems } from '../versions/planned-items.ts'
import { requireBase } from '../versions/require-base.ts'
import { wholeOutput } from '../versions/step-output.ts'
import { baseOf, readRun, readText, rootStep, stepOf } from '../versions/version-documents.ts'
import { ChunkCutter, type ChunkLimits, type PlannedWork } from './chunk-cutter.ts'
import { EditsMissed } from './edits-missed.ts'

/** A process that works on a whole step by itself: further chunks would only be places to wait. */
export const wholeStep = (): ChunkLimits => ({ items: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER })

export interface PlanOptions {
  /** The most that one chunk has, once it is known what there is. */
  chunkLimits: (work: PlannedWork) => ChunkLimits
}

/**
 * Plans one step. A plan that is there already is kept if the step reads a file: a resumed run reads no input again, nor does one
 * whose plan `open` has written.
 */
export async function plan(store: Store, ref: VersionRef, options: PlanOptions & { step: number }): Promise<Planned> {
  const run = await readRun(store, ref)
  const step = stepOf(run, options.step)
  const files = stepFiles(ref, step.step)
  const template = await readTemplate(store, ref, step)
  const tally = new Tally(step, run, template)
  const kept = step.input.from === 'file' && (await store.size(files.plan)) !== undefined
  const cutter = new ChunkCutter()
  const base = baseOf(run, ref)
  const isResumed = kept && (await store.size(files.chunks)) !== undefined
  if (base !== null && !isResumed) await requireBase(store, base, { step: step.step, by: ref })
  if (kept) {
    for await (const { text, end } of lines(store.read(files.plan))) {
      const line = parsePlanText(text)
      if ('carried' in line) tally.addCarried(line.carried.to - line.carried.from + 1)
      else tally.add(line)
      cutter.add(line, end)
    }
  } else await store.write(files.plan, planText())
  const chunks = cutter.cut(options.chunkLimits(cutter.work))
  await store.write(files.chunks, `${JSON.stringify(chunks, null, 1)}\n`)
  return tally.planned(chunks.length)

  /** The gaps of the template that are fields. */
  async function fieldsOf(source: ItemSource): Promise<string[]> {
    const { fields, near } = await plannedGaps(store, ref, {
      run,
      step,
      template,
      source,
      roots: rootItems(store, ref, { run, step, template }),
    })
    for (const miss of near)
      tally.warn(`${templateNameFirst(step)} ${nearMissText(miss, `the answers of step ${step.step - 1} have`)}`)
    return fields
  }

  async function* planText(): AsyncGenerator<string> {
    const source = await sourceOf(store, ref, { run, step })
    const roots = rootItems(store, ref, { run, step, template })
    const later = await templatesBehind(store, ref, { run, step })
    const fold = base !== null && (await canFold(store, base, { run, step, later })) ? new CarriedFold(base) : null
    const read = (path: string) => store.read(path)
    const fields = await fieldsOf(source)
    let end = 0
    let where: StepWhere | null = null
    const onWhere = (asked: StepWhere) => {
      where = asked
    }
    const edits = run.mode === 'edit' ? (await appliedEdits(store, ref, run.steps)).get(step.step) : undefined
    const missed = await EditsMissed.of(store, { base, step, edits })
    const view = { store, read, step, template, run, base, source, fields, roots, edits, onWhere }
    for await (const line of planLines(view)) {
      tally.add(line)
      missed.see(line)
      for (const one of fold?.add(line) ?? [line]) yield written(one)
    }
    for (const one of fold?.end() ?? []) yield written(one)
    if (step.input.from === 'step')
      for (const warning of [...warningsOf(where), ...missed.warnings()]) tally.warn(warning)

    function written(line: PlanLine | PlanRange): string {
      const text = `${JSON.stringify(line)}\n`
      end += Buffer.byteLength(text)
      cutter.add(line, end)
      return text
    }
  }
}

async function templatesBehind(
  store: Store,
  ref: VersionRef,
  { run, step }: { run: RunDocument; step: ResolvedStep },
): Promise<Template[]> {
  return Promise.all(run.steps.slice(step.step).map((later) => readTemplate(store, ref, later)))
}

function warningsOf(where: StepWhere | null): string[] {
  return where?.warnings() ?? []
}

/** Where a step's items come from in this version. */
export async function sourceOf(
  store: Store,
  ref: VersionRef,
  { run, step }: { run: RunDocument; step: ResolvedStep },
): Promise<ItemSource> {
  if (step.input.from === 'file') {
    return step.batch_mode ? { kind: 'file' } : { kind: 'whole', input: await wholeFile(store, step.input) }
  }
  const before = stepOf(run, step.input.step)
  if (!before.batch_mode) await throwIfUnanswered(store, ref, { step, before })
  if (step.batch_mode && before.batch_mode) return { kind: 'answers', items: answersOf(store, ref, before) }
  const path = stepFiles(ref, before.step).collated(before.output_file)
  const text = await wholeOutput(store, ref, before)
  if (text === undefined) throw new FileMissing(path)
  return step.batch_mode
    ? { kind: 'elements', elements: elementsOf(text, { path, step }) }
    : { kind: 'whole', input: wholeInputOf(path, text) }
}

/** A step cannot begin with what a single call did not answer. */
async function throwIfUnanswered(
  store: Store,
  ref: VersionRef,
  { step, before }: { step: ResolvedStep; before: ResolvedStep },
): Promise<void> {
  for await (const { answer_bytes, error } of readLedger(store, ref, before.step)) {
    if (answer_bytes !== null) continue
    throw new RunFailed(
      `Step ${step.step} (${step.prompt_name}) takes the answer of step ${before.step} (${before.prompt_name}), but there is none: ${error?.message} Resume the run to ask for it again.`,
    )
  }
}

async function wholeFile(store: Store, { resolved, pointer }: { resolved: string; pointer: string }): Promise<Json> {
  const whole = valueAt(wholeInputOf(resolved, await readText(store, resolved)), pointer)
  if (whole === undefined) throw new RunFailed(`${resolved} has nothing at #${pointer}.`)
  return whole
}

async function* elementsOf(text: string, { path, step }: { path: string; step: ResolvedStep }): AsyncGenerator<Json> {
  try {
    for await (const { value } of elementsIn(text)) yield value
  } catch (cause) {
    if (!(cause instanceof JsonInvalid)) throw cause
    throw new RunFailed(`Step ${step.step} (${step.prompt_name}) takes an array, but ${path} ${cause.message}.`, {
      cause,
    })
  }
}

function rootItems(
  store: Store,
  ref: VersionRef,
  { run, step, template }: { run: RunDocument; step: ResolvedStep; template: Template },
) {
  const root = usesRoot(template) && step.input.from === 'step' ? rootStep(run.steps, step) : undefined
  return root === undefined ? null : planItems(store, stepFiles(ref, root.step).plan)
}
