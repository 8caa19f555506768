/** What a version of edits stands on: the base as it is, with its own steps, templates and inputs, and the edits that wait. */
import { answerFormat } from '../answer-format.ts'
import { NothingToDo } from '../errors.ts'
import type { Review } from '../review.ts'
import { type EditsToApply, editsToApply } from '../reviews/edits-to-apply.ts'
import { type Store, type VersionRef, versionFolder } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { checkBuildable } from '../versions/edits-check.ts'
import type { HandEdit } from '../versions/hand-edited-file.ts'
import { readTemplate } from '../versions/kept-template.ts'
import { readRun, readText } from '../versions/version-documents.ts'
import { type Based, completedBase } from './choose-base.ts'
import type { ReadyStep } from './resolve-steps.ts'

/** How a person wants edits put in place. */
export interface Apply {
  /** The base: a version, `latest` or `@label`. */
  base: string
  /** Takes edits, too, whose item has got another answer since. */
  stale: boolean
  /** Whether later steps ask again for the items whose input is edited. */
  later_steps: boolean
}

/** The steps of a version as it has them: nothing of them is resolved anew. */
export async function stepsOfBase(store: Store, base: VersionRef): Promise<ReadyStep[]> {
  const { steps } = await readRun(store, base)
  return Promise.all(
    steps.map(async (step) => ({
      step: { ...step, input: { ...step.input }, next_index: null },
      template: await readTemplate(store, base, step),
      templateText: await readText(store, `${versionFolder(base)}/${step.template}`),
      saidFormat: answerFormat(step),
      formatReason: `as in ${base.version}`,
    })),
  )
}

/** Throws NothingToDo if no edit waits, RequestRefused. */
export async function editBase(
  store: Store,
  { apply, pipeline, steps }: { apply: Apply; pipeline: string; steps: readonly ReadyStep[] },
): Promise<Based> {
  const base = await completedBase(store, pipeline, apply.base)
  const resolved = steps.map(({ step }) => step)
  const found = await editsToApply(store, base, { steps: resolved, stale: apply.stale })
  if (found.acts.length === 0) throw new NothingToDo(nothingText(base, found))
  const warnings = await checkBuildable(store, base, (edit) => isPutRight(edit, found.acts))
  const edit = { first_step: Math.min(...found.acts.map(({ step }) => step)), later_steps: apply.later_steps }
  const left = found.stale.length === 0 ? [] : [leftText(found)]
  return {
    ...{ mode: 'edit', base, continues: null, rerun: null, edit, edits: found.acts },
    warnings: [...warnings, ...left],
  }
}

/** Whether all that a person changed in an array by hand gets an edited answer now. */
function isPutRight({ step, ids, path, broken }: HandEdit, acts: readonly Review[]): boolean {
  const own = acts.filter((act) => act.step === step)
  if (broken || !path.includes('/collated/') || own.length === 0) return false
  const edited = new Set(own.map(({ item_id }) => item_id))
  return ids.every((id) => edited.has(id))
}

function leftText({ stale }: EditsToApply): string {
  const [edits, their, are] = stale.length === 1 ? ['edit', 'its item has', 'is'] : ['edits', 'their items have', 'are']
  return `${stale.length} stale ${edits} (${someOf(stale.map(({ root_id }) => root_id))}) ${are} left out: ${their} got another answer since. \`--stale\` puts ${stale.length === 1 ? 'it' : 'them'} in its place; a new edit or \`clear\` ends ${stale.length === 1 ? 'it' : 'them'}.`
}

function nothingText({ pipeline, version }: VersionRef, found: EditsToApply): string {
  const left = found.stale.length === 0 ? '' : ` ${leftText(found)}`
  return `No edit waits to be put into ${version} of ${pipeline}. No version was made.${left}`
}
