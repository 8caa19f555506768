/** What a version keeps of one item. */
import type { LedgerLine } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { promptAgain } from '../core/stages/prompts-again.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { didYouMean } from '../core/text/nearest.ts'
import { findItem, type ItemInStep, knownIds } from '../core/versions/find-item.ts'

/** What a version keeps of one item in one step. */
export interface ItemStep {
  /** The number of the step, from 1. */
  step: number
  /** The name of its prompt. */
  prompt_name: string
  /** Exactly what was sent; null if it is not kept. */
  prompt: string | null
  /** Where the prompt is: an absolute path, or its address in S3. */
  prompt_path: string
  /** The answer as it stands in the array; null if there is none. */
  answer: unknown
  /** What came back, if it could not be used. */
  reply: string | null
  /** The line of the ledger: what happened to the item, what it cost, and which version asked. Null if the version has no ledger of this step. */
  ledger: LedgerLine | null
}

/** Step by step. `id`: its id in the input, or in a step. Throws RequestRefused if there is none. */
export async function keptItem(store: Store, ref: VersionRef, id: string): Promise<ItemInStep[]> {
  const found = await findItem(store, ref, id)
  if (found.length > 0) return Promise.all(found.map((step) => withPromptAgain(store, ref, step)))
  const { pipeline, version } = ref
  throw new RequestRefused([
    `${pipeline} ${version} has no item ${JSON.stringify(id)}.${didYouMean(id, await knownIds(store, ref))} \`itemwise show ${pipeline} ${version}\` shows where its files are.`,
  ])
}

/** A version that keeps no prompts has the sha256 of each: one that is rendered again and has it is the one that was sent. */
async function withPromptAgain(store: Store, { pipeline }: VersionRef, step: ItemInStep): Promise<ItemInStep> {
  const { prompt, prompt_sha256, prompt_version: version, line } = step
  if (prompt !== null || prompt_sha256 === undefined || line === null) return step
  const wanted = { step: step.step, item_index: line.item_index, prompt_sha256 }
  return { ...step, prompt: (await promptAgain(store, { pipeline, version }, wanted)) ?? null }
}
