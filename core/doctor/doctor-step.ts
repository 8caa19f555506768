/**
 * What is wrong with one step of a version.
 * Long, since each finding is written beside the repair that it offers.
 */

import type { LedgerLine, ResolvedStep, RunDocument } from '../documents.ts'
import { collate } from '../stages/collate.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import type { HandEdit } from '../versions/hand-edited-file.ts'
import { asideText, counted, setAside, setEditedAside } from '../versions/set-aside.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import { stepEdits } from '../versions/step-edits.ts'
import { forgottenFinding, nothingOfWork, type WorkFindings, workFindings } from './doctor-work.ts'
import { examineStep, type StepFilesState } from './examine-step.ts'
import { forgottenLines } from './examine-work.ts'
import { type ExaminedVersion, isStats, recount } from './examined-version.ts'
import type { Finding } from './finding.ts'
import { indexFindings } from './ledger-index-finding.ts'
import { packFindings } from './pack-findings.ts'
import { type Rebuilt, rebuilding, rebuildStep } from './rebuild-step.ts'

/** In the order in which they must be mended: the plan, what is kept, the three files of the step, the files of its items. */
export async function stepFindings(examined: ExaminedVersion, step: ResolvedStep): Promise<Finding[]> {
  const { ref, metadata, run, isFinished } = examined
  if (run === undefined) return []
  const work = isFinished ? nothingOfWork : await workFindings(examined, step)
  const replayable = await isReplayable(examined, step, work)
  const state = await examineStep(examined, ref, step)
  const findings = [...work.findings]
  const edit = state.collated === null ? undefined : await collatedEdit(examined, step)
  const fileProblems = problemsOf(examined, step, {
    ...state,
    collated: edit === undefined ? state.collated : `it ${edit.what}`,
  })
  // A run that died is written down as a whole, with what there is of this step.
  const coming = metadata?.status === 'running' && replayable
  const begun = isFinished || !(state.ledger.missing && state.collated === missingFile)
  if (fileProblems.length > 0 && begun && !coming)
    findings.push(await filesFinding({ ...examined, run }, { step, state, fileProblems, replayable, edit }))
  if (work.forgotten.length > 0 && state.collated === null)
    findings.push(forgottenFinding(examined, { step, forgotten: work.forgotten }))
  if (state.itemFiles.length > 0 && !work.planned) findings.push(itemsFinding(examined, step, state.itemFiles))
  if (state.editedFiles.length > 0 && !work.planned)
    findings.push(editedItemsFinding(examined, step, state.editedFiles))
  findings.push(...packFindings(examined, step, state))
  // A run that died writes it when it is written down.
  if (fileProblems.length === 0 && metadata?.status !== 'running')
    findings.push(...indexFindings(examined, step, state))
  return findings
}

/** Whether a person edited the collated file, or only its layout differs. */
async function collatedEdit(
  { store, ref, metadata }: ExaminedVersion,
  step: ResolvedStep,
): Promise<HandEdit | undefined> {
  const place = answerPlace(ref, step)
  if ((await store.size(place.collated)) === undefined) return undefined
  return (await stepEdits(store, place, metadata)).find(({ path }) => path === place.collated)
}

/** Whether the step can be collated again from plan and journal, without losing what the ledger names. */
async function isReplayable({ store, ref, isFinished }: ExaminedVersion, step: ResolvedStep, work: WorkFindings) {
  if (!isFinished) return work.planned && work.forgotten.length === 0
  // Only a process that was killed while it cleared up leaves these: they are as whole as the version.
  const { plan, chunks } = stepFiles(ref, step.step)
  const there = (await store.size(plan)) !== undefined && (await store.size(chunks)) !== undefined
  return there && (await forgottenLines(store, ref, { step, except: [] })).length === 0
}

const missingFile = 'the file is missing'

interface FileProblem {
  path: string
  text: string
}

function problemsOf(
  { ref, metadata }: ExaminedVersion,
  step: ResolvedStep,
  { ledger, collated, errors }: StepFilesState,
): FileProblem[] {
  const files = stepFiles(ref, step.step)
  const expected = expectedLines(metadata, step)
  const found: FileProblem[] = []
  const add = (path: string, text: string) => found.push({ path, text })
  if (ledger.missing) add(files.ledger, missingFile)
  else if (ledger.broken > 0)
    add(
      files.ledger,
      `${counted(ledger.broken, 'line')} cannot be read or was changed (${ledger.whole} are as written)`,
    )
  else if (expected !== undefined && expected !== ledger.whole)
    add(files.ledger, `it has ${counted(ledger.whole, 'line')}, and the record says ${expected}`)
  if (collated !== null) add(files.collated(step.output_file), collated)
  if (errors !== null && !ledger.missing) add(files.errors, errors)
  return found
}

function expectedLines(metadata: ExaminedVersion['metadata'], { step }: ResolvedStep): number | undefined {
  if (!isStats(metadata?.stats)) return undefined
  return metadata.stats.steps.find((one) => one.step === step)?.items
}

interface Damage {
  step: ResolvedStep
  state: StepFilesState
  fileProblems: FileProblem[]
  /** Whether plan and journal are there to collate the step again. */
  replayable: boolean
  /** What a person changed in the collated file. */
  edit: HandEdit | undefined
}

async function filesFinding(examined: ExaminedVersion & { run: RunDocument }, damage: Damage): Promise<Finding> {
  const { step, fileProblems, replayable, edit } = damage
  const [first, ...others] = fileProblems
  const more = others.map(({ path, text }) => ` ${path}: ${text}.`).join('')
  const mend = () => (replayable ? replay(examined, damage) : rebuild(examined, damage))
  if (edit !== undefined && first?.path === edit.path) {
    return {
      path: edit.path,
      found: `${sentence(first.text)}${more}`,
      means: `What was changed is not the model's. Nothing can be built on step ${step.step} (${step.prompt_name}) as it is.`,
      remedy: await remedyOf(examined, damage),
      mend,
    }
  }
  return {
    path: first?.path ?? '',
    found: `${sentence(first?.text ?? '')}${more}`,
    means: `The ledger, the array and the errors of step ${step.step} (${step.prompt_name}) do not agree. Reruns and comparisons of this version fail or are wrong.`,
    remedy: replayable
      ? 'Write them anew from the journal, which has every answer.'
      : 'Write them anew from what is left of them, and from the files of the items.',
    mend,
  }
}

/** What happens to an edited file, and to answers that nothing else holds. */
async function remedyOf(examined: ExaminedVersion & { run: RunDocument }, damage: Damage): Promise<string> {
  const { store, ref, run } = examined
  const { step, replayable } = damage
  if (replayable) return 'Set the edited file aside, and write the array anew from the journal, which has every answer.'
  const remedy = 'Set the edited file aside, and write the array anew with what the model wrote.'
  const allLines = hasAllLines(examined, damage)
  const { lost } = await rebuilding(store, ref, { run, step, allLines, isEdited: true })
  return lost.length === 0 ? remedy : `${remedy} ${lostText(ref, lost, 'will stand')}`
}

function lostText({ pipeline, version }: VersionRef, lost: readonly string[], stand = 'stand'): string {
  return `No copy of the answers of ${someOf(lost)} can be read; they ${stand} as failed. \`itemwise rerun ${pipeline} --failed --base ${version}\` asks for them again.`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

async function replay(examined: ExaminedVersion & { run: RunDocument }, { step, edit }: Damage) {
  const { store, ref, run, isFinished } = examined
  const files = stepFiles(ref, step.step)
  const lease = await store.lease(ref)
  try {
    const aside: (string | undefined)[] = []
    for (const path of [files.ledger, files.collated(step.output_file), files.errors])
      aside.push(await (path === edit?.path ? setEditedAside : setAside)(store, ref, path))
    const { answered, failed, skipped } = await collate(store, ref, { step: step.step, partial: !isFinished })
    await recount(examined, run)
    return `Written anew from the journal: ${answered} answered, ${failed} failed, ${skipped} skipped.${asideText(...aside)}`
  } finally {
    await lease.release()
  }
}

function hasAllLines({ metadata }: ExaminedVersion, { step, state: { ledger } }: Damage): boolean {
  return !ledger.missing && ledger.broken === 0 && ledger.whole === expectedLines(metadata, step)
}

async function rebuild(examined: ExaminedVersion & { run: RunDocument }, damage: Damage) {
  const { store, ref, run } = examined
  const { step, edit } = damage
  const lease = await store.lease(ref)
  try {
    const allLines = hasAllLines(examined, damage)
    const rebuilt = await rebuildStep(store, ref, { run, step, allLines, isEdited: edit !== undefined })
    await recount(examined, run)
    return rebuiltText(examined, rebuilt)
  } finally {
    await lease.release()
  }
}

function rebuiltText({ ref }: ExaminedVersion, { answers, remade, lost, edited, aside }: Rebuilt): string {
  const said = [`Written anew with ${counted(answers, 'answer')}.`]
  if (remade.length > 0)
    said.push(`The ledger lines of ${someOf(remade)} were lost: what these items cost is no longer known.`)
  if (edited.length > 0) said.push(`What a person had put in place of ${someOf(edited)} is only in the copy.`)
  if (lost.length > 0) said.push(lostText(ref, lost))
  return said.join(' ') + asideText(...aside)
}

/** The files below items/ of answers that stand in the array. */
function itemsFinding({ store, ref }: ExaminedVersion, step: ResolvedStep, damaged: LedgerLine[]): Finding {
  const { output } = stepFiles(ref, step.step)
  return {
    path: output(damaged[0]?.segment ?? ''),
    found: `${damaged.length === 1 ? 'The file is' : `This file and ${damaged.length - 1} more of step ${step.step} are`} missing, empty or not JSON.`,
    means: 'The answers are in the array; only their own files are damaged.',
    remedy: 'Write the files again from the array.',
    mend: async () => {
      // Mending the array may have moved them.
      const { itemFiles } = await examineStep({ store }, ref, step)
      return writeFromArray({ store, ref, step }, { lines: itemFiles, setOldAside: setAside })
    },
  }
}

/** Files below items/ that a person edited: copies, from which nothing is made. */
function editedItemsFinding({ store, ref }: ExaminedVersion, step: ResolvedStep, edited: LedgerLine[]): Finding {
  const { output } = stepFiles(ref, step.step)
  const others = edited.length === 1 ? 'It was' : `This file and ${edited.length - 1} more of step ${step.step} were`
  return {
    path: output(edited[0]?.segment ?? ''),
    found: `${others} changed by hand: ${edited.length === 1 ? 'the answer' : 'the answers'} of ${someOf(edited.map(({ item_id }) => item_id))}.`,
    means:
      'Files below items/ are copies for people. Nothing is made from them, so what was changed stands in no array.',
    remedy: 'Keep what was changed beside its place, and write what the model wrote there again.',
    mend: async () => {
      const { editedFiles } = await examineStep({ store }, ref, step)
      return writeFromArray({ store, ref, step }, { lines: editedFiles, setOldAside: setEditedAside })
    },
  }
}

async function writeFromArray(
  { store, ref, step }: { store: Store; ref: VersionRef; step: ResolvedStep },
  { lines, setOldAside }: { lines: LedgerLine[]; setOldAside: typeof setAside },
): Promise<string> {
  const { output } = stepFiles(ref, step.step)
  const answers = new StepAnswers(store, answerPlace(ref, step))
  const aside: (string | undefined)[] = []
  const undone: string[] = []
  try {
    for (const line of lines) {
      const { answer, edited } = await answers.see(line)
      if (answer === null || edited) {
        undone.push(line.item_id)
        continue
      }
      aside.push(await setOldAside(store, ref, output(line.segment)))
      await store.write(output(line.segment), `${answer}\n`)
    }
  } finally {
    await answers.close()
  }
  const left = undone.length === 0 ? '' : ` Not done: the array does not hold what was written for ${someOf(undone)}.`
  return `Written again: ${counted(lines.length - undone.length, 'file')}.${left}${asideText(...aside)}`
}
