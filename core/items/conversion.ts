/**
 * Inputs that are no plain array (a spreadsheet, a folder of texts, stdin): they become JSON lines once, before the run, and the
 * version keeps those. This is the port; what converts is given by whoever starts a run, and Lambdas have nothing that does.
 */

import type { ConvertedInput } from '../documents.ts'
import type { InputType } from '../request.ts'
import type { Store } from '../store.ts'

/** An input as a step names it. */
export interface WantedInput {
  /** As written: `inputs/customers.xlsx#Sheet1`, `inputs/letters/*.md`, `-`. */
  written: string
  /** The types of columns that are not text. */
  types: Readonly<Record<string, InputType>>
}

/** What an input became. */
export interface Conversion extends ConvertedInput {
  /** Hex sha256 of the JSON lines. */
  sha256: string
  /** The JSON lines, one item each. */
  read: Store['read']
  /** Bytes of the JSON lines. */
  size: number
  /** The files of the workspace that were read for it; nothing else of them is needed. */
  files: string[]
}

/** Converts an input; null if it is a plain array, which is read where it is. Throws RequestRefused. */
export type Convert = (store: Store, wanted: WantedInput) => Promise<Conversion | null>

/** Where the JSON lines lie until there is a version; on AWS they are sent there. */
export function conversionPath(sha256: string): string {
  return `outputs/_inputs/${sha256}.jsonl`
}

/** The input_file of a step whose items a program has in memory. Whoever starts the run converts it; what is based on the run has its own items. */
export function itemsInMemory(step: number): string {
  return `(items of step ${step})`
}

/** What such items were read as. */
export const readFromMemory = 'what a program had in memory'

/** Whether a step was given its items by a program. */
export function areInMemory(written: string): boolean {
  return /^\(items of step \d+\)$/.test(written)
}

/** Where a version keeps the items of a step, inside its folder. */
export function itemsFile(step: number): string {
  return `inputs/${String(step).padStart(2, '0')}_items.jsonl`
}
