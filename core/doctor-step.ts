/** What is wrong with one step of a version. */
import { collate } from './collate.ts'
import type { LedgerLine, PlanLine, ResolvedStep, RunDocument } from './documents.ts'
import { examineStep, type LedgerState, type StepState } from './examine-step.ts'
import { examineWork, forgottenLines, keepAgain, keepFromArray, refreshPlan } from './examine-work.ts'
import { asideText, counted, type Finding, setAside } from './finding.ts'
import { someOf } from './nearest.ts'
import { isStats, type Patient, recount } from './patient.ts'
import { type Rebuilt, rebuildStep } from './rebuild-step.ts'
import { stepFiles, type VersionRef } from './store.ts'
import type { Template } from './template.ts'
import { baseOf, readTemplate } from './version-documents.ts'

/** In the order in which they are to be mended: the plan, what is kept, the three files of the step, the files of its items. */
export async function stepFindings(patient: Patient, step: ResolvedStep): Promise<Finding[]> {
  const { store, ref, metadata, run, isFinished } = patient
  if (run === undefined) return []
  const work = isFinished ? nothingOfWork : await workFindings(patient, step)
  const replayable = await isReplayable(patient, step, work)
  const state = await examineStep(store, ref, step)
  const findings = [...work.findings]
  const trouble = troublesOf(patient, step, state)
  // A run that died is written down as a whole, with what there is of this step.
  const coming = metadata?.status === 'running' && replayable
  const begun = isFinished || !(state.ledger.missing && state.collated === missingFile)
  if (trouble.length > 0 && begun && !coming)
    findings.push(filesFinding({ ...patient, run }, { step, state, trouble, replayable }))
  if (work.forgotten.length > 0 && state.collated === null)
    findings.push(forgottenFinding(patient, { step, forgotten: work.forgotten }))
  if (state.itemFiles.length > 0 && !work.planned) findings.push(itemsFinding(patient, step, state.itemFiles))
  return findings
}

interface WorkFindings {
  findings: Finding[]
  /** Whether there is a plan that can be read. */
  planned: boolean
  /** Answers that stand in the array while the journal does not know them. */
  forgotten: LedgerLine[]
}

const nothingOfWork: WorkFindings = { findings: [], planned: false, forgotten: [] }

/** Whether the step can be collated again from plan and journal, without losing what the ledger names. */
async function isReplayable({ store, ref, isFinished }: Patient, step: ResolvedStep, work: WorkFindings) {
  if (!isFinished) return work.planned && work.forgotten.length === 0
  // Only a process that was killed while it cleared up leaves these: they are as whole as the version.
  const { plan, batches } = stepFiles(ref, step.step)
  const there = (await store.size(plan)) !== undefined && (await store.size(batches)) !== undefined
  return there && (await forgottenLines(store, ref, { step, except: [] })).length === 0
}

const missingFile = 'the file is missing'

interface Trouble {
  path: string
  text: string
}

function troublesOf(
  { ref, metadata }: Patient,
  step: ResolvedStep,
  { ledger, collated, errors }: StepState,
): Trouble[] {
  const files = stepFiles(ref, step.step)
  const expected = expectedLines(metadata, step)
  const found: Trouble[] = []
  const add = (path: string, text: string) => found.push({ path, text })
  if (ledger.missing) add(files.ledger, missingFile)
  else if (ledger.broken > 0)
    add(files.ledger, `${counted(ledger.broken, 'line')} cannot be read (${ledger.whole} can)`)
  else if (expected !== undefined && expected !== ledger.whole)
    add(files.ledger, `it has ${counted(ledger.whole, 'line')}, and the record says ${expected}`)
  if (collated !== null) add(files.collated(step.output_file), collated)
  if (errors !== null && !ledger.missing) add(files.errors, errors)
  return found
}

function expectedLines(metadata: Patient['metadata'], { step }: ResolvedStep): number | undefined {
  if (!isStats(metadata?.stats)) return undefined
  return metadata.stats.steps.find((one) => one.step === step)?.items
}

interface Damage {
  step: ResolvedStep
  state: StepState
  trouble: Trouble[]
  /** Whether plan and journal are there to collate the step again. */
  replayable: boolean
}

function filesFinding(patient: Patient & { run: RunDocument }, { step, state, trouble, replayable }: Damage): Finding {
  const [first, ...others] = trouble
  const more = others.map(({ path, text }) => ` ${path}: ${text}.`).join('')
  return {
    path: first?.path ?? '',
    found: `${sentence(first?.text ?? '')}${more}`,
    means: `The ledger, the array and the errors of step ${step.step} (${step.prompt_name}) do not agree. Reruns and comparisons of this version fail or are wrong.`,
    remedy: replayable
      ? 'Write them anew from the journal, which has every answer.'
      : 'Write them anew from what is left of them, and from the files of the items.',
    mend: () => (replayable ? replay(patient, step) : rebuild(patient, step, state.ledger)),
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

async function replay(patient: Patient & { run: RunDocument }, step: ResolvedStep) {
  const { store, ref, run, isFinished } = patient
  const files = stepFiles(ref, step.step)
  const lease = await store.lease(ref)
  try {
    const aside: (string | undefined)[] = []
    for (const path of [files.ledger, files.collated(step.output_file), files.errors])
      aside.push(await setAside(store, ref, path))
    const { answered, failed, skipped } = await collate(store, ref, { step: step.step, partial: !isFinished })
    await recount(patient, run)
    return `Written anew from the journal: ${answered} answered, ${failed} failed, ${skipped} skipped.${asideText(...aside)}`
  } finally {
    await lease.release()
  }
}

async function rebuild(patient: Patient & { run: RunDocument }, step: ResolvedStep, ledger: LedgerState) {
  const { store, ref, run, metadata } = patient
  const lease = await store.lease(ref)
  try {
    const allLines = !ledger.missing && ledger.broken === 0 && ledger.whole === expectedLines(metadata, step)
    const rebuilt = await rebuildStep(store, ref, { run, step, allLines })
    await recount(patient, run)
    return rebuiltText(patient, rebuilt)
  } finally {
    await lease.release()
  }
}

function rebuiltText({ ref }: Patient, { answers, remade, lost, aside }: Rebuilt): string {
  const said = [`Written anew with ${counted(answers, 'answer')}.`]
  if (remade.length > 0)
    said.push(`The ledger lines of ${someOf(remade)} were lost: what these items cost is not known any more.`)
  if (lost.length > 0) {
    said.push(
      `No copy of the answers of ${someOf(lost)} can be read; they stand as failed. \`itemwise rerun ${ref.pipeline} --failed --base ${ref.version}\` asks for them again.`,
    )
  }
  return said.join(' ') + asideText(...aside)
}

/** The files below items/ of answers that stand in the array. */
function itemsFinding({ store, ref }: Patient, step: ResolvedStep, damaged: LedgerLine[]): Finding {
  const { output } = stepFiles(ref, step.step)
  return {
    path: output(damaged[0]?.segment ?? ''),
    found: `${damaged.length === 1 ? 'The file is' : `This file and ${damaged.length - 1} more of step ${step.step} are`} missing, empty or no JSON.`,
    means: 'The answers stand in the array; only their own files are damaged.',
    remedy: 'Write the files again from the array.',
    mend: async () => {
      const aside: (string | undefined)[] = []
      const collated = stepFiles(ref, step.step).collated(step.output_file)
      // Mending the array may have moved them.
      const { itemFiles, collated: problem } = await examineStep(store, ref, step)
      if (problem !== null) return `Not done: ${collated} is damaged itself (${problem}).`
      for (const { segment, answer_bytes } of itemFiles) {
        if (answer_bytes === null) continue
        const bytes = Buffer.concat(await Array.fromAsync(store.read(collated, answer_bytes)))
        aside.push(await setAside(store, ref, output(segment)))
        await store.write(output(segment), `${bytes.toString('utf8').replaceAll('\n  ', '\n')}\n`)
      }
      return `Written again: ${counted(itemFiles.length, 'file')}.${asideText(...aside)}`
    },
  }
}

async function workFindings(patient: Patient, step: ResolvedStep): Promise<WorkFindings> {
  const { store, ref, run } = patient
  const { plan, output } = stepFiles(ref, step.step)
  if ((await store.size(plan)) === undefined)
    return { ...nothingOfWork, forgotten: await forgottenLines(store, ref, { step, except: [] }) }
  const template = await readTemplate(store, ref, step)
  const base = run === undefined ? null : baseOf(run, ref)
  const { planBroken, planStale, notKept, itemFiles } = await examineWork(store, ref, { step, template, base })
  const findings: Finding[] = []
  if (planStale && !planBroken) findings.push(staleFinding(patient, { step, base }))
  if (planBroken) findings.push(planFinding(patient, step))
  if (itemFiles.length > 0) {
    findings.push({
      path: output(itemFiles[0]!.segment),
      found: `${itemFiles.length === 1 ? 'The file is' : `This file and ${itemFiles.length - 1} more of step ${step.step} are`} missing, empty or no JSON.`,
      means: 'The answers stand in the journal; only their own files are damaged.',
      remedy: 'Write the files again from the journal. A resumed run does the same.',
      mend: () => writeItemFiles(patient, step, itemFiles),
    })
  }
  if (notKept.length > 0) findings.push(notKeptFinding(patient, { step, template, notKept }))
  return { findings, planned: !planBroken, forgotten: await forgottenLines(store, ref, { step, except: notKept }) }
}

function planFinding({ store, ref }: Patient, step: ResolvedStep): Finding {
  const { plan, batches } = stepFiles(ref, step.step)
  return {
    path: plan,
    found: 'The plan has a line that cannot be read, or has lost some.',
    means: 'A resumed run would not know its items.',
    remedy:
      'Put it aside; a resumed run plans again from the input as it is today, and answers that are kept still count.',
    mend: async () => {
      const aside = await setAside(store, ref, plan)
      await store.remove(plan)
      await store.remove(batches)
      return `Done.${asideText(aside)}`
    },
  }
}

/** The base was mended since, and its answers have moved in its array. */
function staleFinding(
  { store, ref }: Patient,
  { step, base }: { step: ResolvedStep; base: VersionRef | null },
): Finding {
  const { plan } = stepFiles(ref, step.step)
  return {
    path: plan,
    found: `The plan looks for answers of ${base?.version} where they do not stand any more.`,
    means: `A resumed run would carry over pieces of other answers.`,
    remedy: `Write the plan again with where they stand today.`,
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

async function writeItemFiles({ store, ref }: Patient, step: ResolvedStep, damaged: PlanLine[]): Promise<string> {
  const { output } = stepFiles(ref, step.step)
  const aside: (string | undefined)[] = []
  const kept = await store.kept(ref, step.step)
  try {
    for (const { item_index, segment } of damaged) {
      const answer = (await kept.find(item_index))?.kept?.answer
      if (answer == null) continue
      aside.push(await setAside(store, ref, output(segment)))
      await store.write(output(segment), `${answer}\n`)
    }
  } finally {
    await kept.close()
  }
  return `Written again: ${counted(damaged.length, 'file')}.${asideText(...aside)}`
}

function notKeptFinding(
  { store, ref }: Patient,
  { step, template, notKept }: { step: ResolvedStep; template: Template; notKept: PlanLine[] },
): Finding {
  const ids = someOf(notKept.map(({ item_id }) => item_id))
  return {
    path: stepFiles(ref, step.step).output(notKept[0]!.segment),
    found: `Answers of step ${step.step} lie in items/, but the journal does not know them: ${ids}.`,
    means: 'A resumed run would ask for them again and pay twice.',
    remedy: 'Write them into the journal. What they cost is not known any more.',
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

function forgottenFinding(
  { store, ref }: Patient,
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
