/**
 * The counts so far of a version that is running or was killed: its record and its ledgers say what they said when it
 * ended the last time, if it ever did. Counted from what is kept, as `fail` would write it down.
 */

import type { ErrorRow, LedgerLine, ResolvedStep, RunDocument, Stats } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { baseLines } from '../versions/ledger.ts'
import { statsOf } from '../versions/stats.ts'
import { readRun } from '../versions/version-documents.ts'
import { standing } from './collate.ts'

export interface SoFar {
  stats: Stats
  /** By step. */
  failures: Map<number, ErrorRow[]>
}

/** Writes nothing. Null if it cannot be counted: what it needs is damaged, or goes away meanwhile. */
export async function soFar(store: Store, ref: VersionRef): Promise<SoFar | null> {
  try {
    const run = await readRun(store, ref)
    const failures = new Map<number, ErrorRow[]>(run.steps.map(({ step }) => [step, []]))
    const add = (step: number, row: ErrorRow) => failures.get(step)?.push(row)
    const stats = await statsOf(store, ref, run, (step) => linesSoFar(store, ref, { run, step, add }))
    return { stats, failures }
  } catch (error) {
    if (error instanceof FileMissing || error instanceof RunFailed) return null
    throw error
  }
}

interface OfStep {
  run: RunDocument
  step: ResolvedStep
  add: (step: number, row: ErrorRow) => void
}

async function* linesSoFar(store: Store, ref: VersionRef, { run, step, add }: OfStep): AsyncGenerator<LedgerLine> {
  if ((await store.size(stepFiles(ref, step.step).plan)) === undefined) {
    yield* baseLines(store, ref, step.step)
    return
  }
  for await (const { line, answer, error } of standing(store, ref, { run, step })) {
    if (error !== null) add(step.step, error)
    // Where an answer will stand is not known yet, only that it will.
    yield { ...line, answer_bytes: answer === null ? null : [0, 0] }
  }
}
