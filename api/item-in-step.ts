/** One item in one step, for whoever reads it: which parts of its prompt are its own, and what people said of its answer. */
import type { LedgerLine } from '../core/documents.ts'
import { FileMissing, RunFailed } from '../core/errors.ts'
import type { StepTables } from '../core/rows/step-tables.ts'
import { oneOffs, type Store, type VersionRef } from '../core/store.ts'
import { type PromptPart, promptParts } from '../core/templates/prompt-parts.ts'
import { TemplateInvalid } from '../core/templates/template.ts'
import { sha256 } from '../core/text/ids.ts'
import type { ItemInStep } from '../core/versions/find-item.ts'
import { readTemplate } from '../core/versions/kept-template.ts'
import { readRun, stepOf } from '../core/versions/version-documents.ts'
import type { Standing } from './row-documents.ts'
import { standingOf } from './standing.ts'

interface Reading {
  store: Store
  tables: StepTables
}

export async function withReviews({ store, tables }: Reading, ref: VersionRef, item: ItemInStep) {
  const { line, step } = item
  const acts = ref.pipeline === oneOffs || line === null ? null : await tables.acts.of(ref.pipeline)
  return {
    ...item,
    prompt_parts: await partsOf(store, ref, item),
    standing: line === null ? null : await standingIn({ tables }, ref, { step, line, answer: item.answer }),
    acts: line === null ? [] : [...(acts?.of({ step, root_id: line.root_id }) ?? [])],
  }
}

/** How the answer of a line is reviewed. */
export async function standingIn(
  { tables }: Pick<Reading, 'tables'>,
  ref: VersionRef,
  { step, line, answer }: { step: number; line: LedgerLine; answer: string | null },
): Promise<Standing> {
  const hasAnswer = line.answer_bytes !== null && answer !== null
  // A version older than checksums has only the answer itself.
  const answer_sha256 = hasAnswer ? (line.answer_sha256 ?? sha256(answer)) : null
  const nothing = { state: 'unreviewed' as const, stale: false, act: null, comment: null }
  const acts = ref.pipeline === oneOffs || !hasAnswer ? null : await tables.acts.of(ref.pipeline)
  const { root_id, edited_by } = line
  const said = acts?.about({ step, root_id, answer_sha256, edited_by }) ?? nothing
  const reviewed = await tables.inputs.withStale(ref, { step, line, reviewed: said })
  return standingOf({ line, answer_sha256, state: hasAnswer ? reviewed.state : 'none', reviewed })
}

/** Null if the prompt is not kept, or if its template cannot be read. */
async function partsOf(
  store: Store,
  ref: VersionRef,
  { prompt, prompt_version, step }: ItemInStep,
): Promise<PromptPart[] | null> {
  if (prompt === null) return null
  const asked = { ...ref, version: prompt_version }
  try {
    return promptParts(prompt, await readTemplate(store, asked, stepOf(await readRun(store, asked), step)))
  } catch (error) {
    if (error instanceof FileMissing || error instanceof RunFailed || error instanceof TemplateInvalid) return null
    throw error
  }
}
