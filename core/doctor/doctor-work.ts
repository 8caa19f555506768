/**
 * What is wrong with the files that an unfinished version needs to resume one step.
 * Long, since each finding is written beside the repair that it offers.
 */

import type { LedgerLine, PlanLine, ResolvedStep } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import { plan, wholeStep } from '../stages/plan.ts'
import { type Store, stepFiles, stepNumber, type VersionRef, versionFolder } from '../store.ts'
import { type Template, TemplateInvalid } from '../templates/template.ts'
import { someOf } from '../text/nearest.ts'
import { readTemplate } from '../versions/kept-template.ts'
import { asideText, counted, setAside, setEditedAside } from '../versions/set-aside.ts'
import { baseOf } from '../versions/version-documents.ts'
import { examineWork, forgottenLines, keepAgain, keepFromArray, refreshPlan } from './examine-work.ts'
import type { ExaminedVersion } from './examined-version.ts'
import type { Finding } from './finding.ts'

export interface WorkFindings {
  findings: Finding[]
  /** Whether there is a plan that can be read. */
  planned: boolean
  /** Answers that stand in the array while the journal does not know them. */
  forgotten: LedgerLine[]
}

export const nothingOfWork: WorkFindings = { findings: [], planned: false, forgotten: [] }

export async function workFindings(examined: ExaminedVersion, step: ResolvedStep): Promise<WorkFindings> {
  const { store, ref, run } = examined
  const { plan, output } = stepFiles(ref, step.step)
  if ((await store.size(plan)) === undefined) {
    const forgotten = await forgottenLines(store, ref, { step, except: [] })
    const lost = forgotten.length === 0 && step.batch_mode && (await store.lostJournal?.(ref, step.step))
    return { ...nothingOfWork, findings: lost ? [planGoneFinding(examined, step)] : [], forgotten }
  }
  const template = await usableTemplate(store, ref, step)
  // Reported elsewhere; until the template is back nothing can be compared with what was sent.
  if (template === undefined)
    return { ...nothingOfWork, planned: true, forgotten: await forgottenLines(store, ref, { step, except: [] }) }
  const base = run === undefined ? null : baseOf(run, ref)
  const { planBroken, planStale, notKept, itemFiles, editedFiles } = await examineWork(store, ref, {
    step,
    template,
    base,
  })
  const findings: Finding[] = []
  if (planStale && !planBroken) findings.push(staleFinding(examined, { step, base }))
  if (planBroken) findings.push(planFinding(examined, step))
  if (itemFiles.length > 0) {
    findings.push({
      path: output(itemFiles[0]!.segment),
      found: `${itemFiles.length === 1 ? 'The file is' : `This file and ${itemFiles.length - 1} more of step ${step.step} are`} missing, empty or not JSON.`,
      means: 'The answers are in the journal; only their own files are damaged.',
      remedy: 'Write the files again from the journal. A resumed run does the same.',
      mend: () => writeItemFiles(examined, step, { damaged: itemFiles, setOldAside: setAside }),
    })
  }
  if (editedFiles.length > 0) {
    findings.push({
      path: output(editedFiles[0]!.segment),
      found: `${editedFiles.length === 1 ? 'It was' : `This file and ${editedFiles.length - 1} more of step ${step.step} were`} changed by hand: the answer${editedFiles.length === 1 ? '' : 's'} of ${someOf(editedFiles.map(({ item_id }) => item_id))}.`,
      means:
        'Files below items/ are copies for people. Nothing is made from them: a resumed run uses what the model wrote.',
      remedy: 'Keep what was changed beside its place, and write what the model wrote there again.',
      mend: () => writeItemFiles(examined, step, { damaged: editedFiles, setOldAside: setEditedAside }),
    })
  }
  if (notKept.length > 0) findings.push(notKeptFinding(examined, { step, template, notKept }))
  const forgotten = await forgottenLines(store, ref, { step, except: notKept })
  const nothingToKeep = !planBroken && notKept.length === 0 && forgotten.length === 0
  if (nothingToKeep && (await store.lostJournal?.(ref, step.step))) findings.push(journalGoneFinding(examined, step))
  return { findings, planned: !planBroken, forgotten }
}

/** Planned as a resumed run would; then it is seen which answers in items/ the journal does not know. */
function planGoneFinding({ store, ref }: ExaminedVersion, step: ResolvedStep): Finding {
  return {
    path: stepFiles(ref, step.step).plan,
    found: `The plan and the journal of step ${step.step} are gone, and answers of it lie in items/.`,
    means: 'A resumed run would ask for them again and pay twice.',
    remedy:
      'Plan again from the input as it is today, and write the answers whose prompts are the same into the journal.',
    mend: async () => {
      const lease = await store.lease(ref)
      try {
        const { items } = await plan(store, ref, { step: step.step, chunkLimits: wholeStep })
        return `Planned again: ${counted(items, 'item')}.`
      } finally {
        await lease.release()
      }
    },
  }
}

/** A resume refuses to pass over answers in items/ as long as it is not sure that they are of no use. */
function journalGoneFinding({ store, ref }: ExaminedVersion, step: ResolvedStep): Finding {
  return {
    path: `${versionFolder(ref)}/work/${stepNumber(step.step)}_journal.jsonl`,
    found: `The journal of step ${step.step} is gone, and what is left of it in items/ cannot be read, or answers other prompts.`,
    means: 'Nothing usable is left of the step.',
    remedy:
      'Begin an empty journal, so that a resumed run asks for all of its items. The files in items/ stay until then.',
    mend: async () => {
      const lease = await store.lease(ref)
      try {
        await (await store.keeper(ref, step.step, { keep: step.keep })).close()
      } finally {
        await lease.release()
      }
      return 'Begun.'
    },
  }
}

function planFinding({ store, ref }: ExaminedVersion, step: ResolvedStep): Finding {
  const { plan, chunks } = stepFiles(ref, step.step)
  return {
    path: plan,
    found: 'The plan has a line that cannot be read, or has lost some.',
    means: 'A resumed run would not know its items.',
    remedy:
      'Put it aside; a resumed run plans again from the input as it is today, and answers that are kept still count.',
    mend: async () => {
      const aside = await setAside(store, ref, plan)
      await store.remove(plan)
      await store.remove(chunks)
      return `Done.${asideText(aside)}`
    },
  }
}

/** The base was mended since, and its answers have moved in its array. */
function staleFinding(
  { store, ref }: ExaminedVersion,
  { step, base }: { step: ResolvedStep; base: VersionRef | null },
): Finding {
  const { plan } = stepFiles(ref, step.step)
  return {
    path: plan,
    found: `The plan looks for answers of ${base?.version} where they no longer are.`,
    means: `A resumed run would carry over pieces of other answers.`,
    remedy: `Write the plan again with their places today.`,
    mend: async () => {
      const lease = await store.lease(ref)
      try {
        await refreshPlan(store, ref, { step, base })
      } finally {
        await lease.release()
      }
      return 'Written again.'
    },
  }
}

async function writeItemFiles(
  { store, ref }: ExaminedVersion,
  step: ResolvedStep,
  { damaged, setOldAside }: { damaged: PlanLine[]; setOldAside: typeof setAside },
): Promise<string> {
  const { output } = stepFiles(ref, step.step)
  const aside: (string | undefined)[] = []
  const kept = await store.kept(ref, step.step)
  try {
    for (const planned of damaged) {
      const { segment } = planned
      const answer = (await kept.find(planned))?.kept?.answer
      if (answer == null) continue
      aside.push(await setOldAside(store, ref, output(segment)))
      await store.write(output(segment), `${answer}\n`)
    }
  } finally {
    await kept.close()
  }
  return `Written again: ${counted(damaged.length, 'file')}.${asideText(...aside)}`
}

function notKeptFinding(
  { store, ref }: ExaminedVersion,
  { step, template, notKept }: { step: ResolvedStep; template: Template; notKept: PlanLine[] },
): Finding {
  const ids = someOf(notKept.map(({ item_id }) => item_id))
  return {
    path: stepFiles(ref, step.step).output(notKept[0]!.segment),
    found: `Answers of step ${step.step} lie in items/, but the journal does not know them: ${ids}.`,
    means: 'A resumed run would ask for them again and pay twice.',
    remedy: 'Write them into the journal. What they cost is no longer known.',
    mend: async () => {
      const lease = await store.lease(ref)
      try {
        await keepAgain(store, ref, { step, template, planned: notKept })
      } finally {
        await lease.release()
      }
      return `Kept again: ${counted(notKept.length, 'answer')}.`
    },
  }
}

export function forgottenFinding(
  { store, ref }: ExaminedVersion,
  { step, forgotten }: { step: ResolvedStep; forgotten: LedgerLine[] },
): Finding {
  return {
    path: stepFiles(ref, step.step).collated(step.output_file),
    found: `The journal of step ${step.step} does not know ${forgotten.length} of its answers.`,
    means: 'A resumed run would ask for them again and pay twice.',
    remedy: 'Write them into the journal, with what the ledger says of them.',
    mend: async () => {
      const lease = await store.lease(ref)
      try {
        // Mending the array may have moved them.
        await keepFromArray(store, ref, { step, forgotten: await forgottenLines(store, ref, { step, except: [] }) })
      } finally {
        await lease.release()
      }
      return `Kept again: ${counted(forgotten.length, 'answer')}.`
    },
  }
}

async function usableTemplate(store: Store, ref: VersionRef, step: ResolvedStep): Promise<Template | undefined> {
  try {
    return await readTemplate(store, ref, step)
  } catch (error) {
    if (error instanceof FileMissing || error instanceof TemplateInvalid) return undefined
    throw error
  }
}
