/** Which steps a version has: as run.json says, or, in versions older than run.json, as the file names show. */
import type { ResolvedStep } from '../documents.ts'
import { type Store, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import type { AnswerPlace } from './step-answers.ts'
import { readRun, rootStep } from './version-documents.ts'

export interface VersionStep {
  step: number
  prompt_name: string
  /** Path of the step's whole output. */
  collated: string
  /** Path of the template as it was; null if it is not kept. */
  template: string | null
  /** Whether its items descend from those of an input file; not after a single call. */
  rooted: boolean
  batch_mode: boolean
  /** The step as it was run; null in versions without run.json. */
  resolved: ResolvedStep | null
}

/** The steps of a version, in order. Throws RunFailed for a run.json that cannot be read. */
export async function versionSteps(store: Store, ref: VersionRef): Promise<VersionStep[]> {
  if ((await store.size(`${versionFolder(ref)}/run.json`)) === undefined) return stepsByFileName(store, ref)
  const { steps } = await readRun(store, ref)
  return steps.map((step) => ({ ...fromRun(ref, step), rooted: rootStep(steps, step) !== undefined }))
}

/** Where the answers of a version's steps are, for the steps it reached. Throws RunFailed for a run.json that cannot be read. */
export async function placesOf(store: Store, ref: VersionRef): Promise<AnswerPlace[]> {
  return (await versionSteps(store, ref)).map((step) => placeOf(ref, step))
}

export function placeOf(ref: VersionRef, { step, collated, batch_mode, resolved }: VersionStep): AnswerPlace {
  return { ref, step, collated, batch_mode, keep: resolved?.keep, fields: resolved }
}

function fromRun(ref: VersionRef, step: ResolvedStep): Omit<VersionStep, 'rooted'> {
  return {
    step: step.step,
    prompt_name: step.prompt_name,
    collated: stepFiles(ref, step.step).collated(step.output_file),
    template: `${versionFolder(ref)}/${step.template}`,
    batch_mode: step.batch_mode,
    resolved: step,
  }
}

async function stepsByFileName(store: Store, ref: VersionRef): Promise<VersionStep[]> {
  const folder = versionFolder(ref)
  const templates = await store.list(`${folder}/templates`)
  const collated = await store.list(`${folder}/collated`)
  return collated.flatMap((name) => {
    const [, number, rest] = /^(\d+)_(.+)$/.exec(name) ?? []
    if (number === undefined || rest === undefined) return []
    const template = templates.find((file) => file.startsWith(`${number}_`))
    return {
      step: Number(number),
      prompt_name: template?.replace(/^\d+_(.*)\.md$/, '$1') ?? rest.replace(/\.[^.]+$/, ''),
      collated: `${folder}/collated/${name}`,
      template: template === undefined ? null : `${folder}/templates/${template}`,
      rooted: true,
      batch_mode: true,
      resolved: null,
    }
  })
}
