/** What is wrong with one step of a version. */
import { outOfArray } from './array-indent.ts'
import { collate } from './collate.ts'
import { forgottenFinding, nothingOfWork, type WorkFindings, workFindings } from './doctor-work.ts'
import type { LedgerLine, ResolvedStep, RunDocument } from './documents.ts'
import { examineStep, type LedgerState, type StepState } from './examine-step.ts'
import { forgottenLines } from './examine-work.ts'
import { asideText, counted, type Finding, setAside } from './finding.ts'
import { someOf } from './nearest.ts'
import { isStats, type Patient, recount } from './patient.ts'
import { type Rebuilt, rebuildStep } from './rebuild-step.ts'
import { stepFiles } from './store.ts'

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
        await store.write(output(segment), `${outOfArray(bytes.toString('utf8'))}\n`)
      }
      return `Written again: ${counted(itemFiles.length, 'file')}.${asideText(...aside)}`
    },
  }
}
