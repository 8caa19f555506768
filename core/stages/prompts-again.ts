/**
 * Renders the prompts of a step again, from the template and the request that its version keeps and from the input as it is today. Whether
 * one is what was sent only its sha256 or fingerprint can say.
 */
import type { PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { FileMissing, RequestRefused, RunFailed } from '../errors.ts'
import { planLines } from '../items/plan-lines.ts'
import { plannedGaps } from '../items/planned-gaps.ts'
import type { Store, VersionRef } from '../store.ts'
import { promptOf, usesRoot } from '../templates/questions.ts'
import { TemplateInvalid } from '../templates/template.ts'
import { NameClash } from '../templates/variables.ts'
import { sha256 } from '../text/ids.ts'
import { JsonInvalid } from '../text/json-array.ts'
import { appliedEdits } from '../versions/applied-edits.ts'
import { readTemplate } from '../versions/kept-template.ts'
import { baseOf, readRun, rootStep, stepOf } from '../versions/version-documents.ts'
import { sourceOf } from './plan.ts'

export interface PromptAgain {
  item_index: number
  prompt: string
}

/** In the order of the items; ends early if what it needs is gone or changed. */
export async function* promptsAgain(store: Store, ref: VersionRef, number: number): AsyncGenerator<PromptAgain> {
  try {
    const run = await readRun(store, ref)
    const step = stepOf(run, number)
    const template = await readTemplate(store, ref, step)
    for await (const line of linesAgain(store, ref, { run, step })) {
      const rendered = line.item === null ? null : renderedOf(() => promptOf(line, step, template))
      if (rendered !== null && 'prompt' in rendered) yield { item_index: line.item_index, prompt: rendered.prompt }
    }
  } catch (error) {
    const isGone = [FileMissing, RequestRefused, RunFailed, TemplateInvalid, JsonInvalid].some(
      (kind) => error instanceof kind,
    )
    if (!isGone) throw error
  }
}

/** The prompt of one item, if it has this sha256. Reads the input up to the item. */
export async function promptAgain(
  store: Store,
  ref: VersionRef,
  wanted: { step: number; item_index: number; prompt_sha256: string },
): Promise<string | undefined> {
  for await (const { item_index, prompt } of promptsAgain(store, ref, wanted.step)) {
    if (item_index !== wanted.item_index) continue
    return sha256(prompt) === wanted.prompt_sha256 ? prompt : undefined
  }
  return undefined
}

function renderedOf<T>(render: () => T): T | null {
  try {
    return render()
  } catch (error) {
    if (error instanceof NameClash) return null
    throw error
  }
}

/** The lines of a step as they would be planned today. */
async function* linesAgain(
  store: Store,
  ref: VersionRef,
  { run, step }: { run: RunDocument; step: ResolvedStep },
): AsyncGenerator<PlanLine> {
  const template = await readTemplate(store, ref, step)
  const root = usesRoot(template) && step.input.from === 'step' ? rootStep(run.steps, step) : undefined
  const roots = () => (root === undefined ? null : linesAgain(store, ref, { run, step: root }))
  const source = await sourceOf(store, ref, { run, step })
  const { fields } = await plannedGaps(store, ref, { run, step, template, source, roots: roots() })
  const read = (path: string) => store.read(path)
  const base = baseOf(run, ref)
  const edits = run.mode === 'edit' ? (await appliedEdits(store, ref, run.steps)).get(step.step) : undefined
  yield* planLines({ store, read, step, template, run, base, source, fields, roots: roots(), edits })
}
