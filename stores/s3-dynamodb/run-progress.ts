/** What is said of a run while it goes on, and how others are told to stop. For display: the ledger has the final figures. */
import type { Spending } from '../../core/documents.ts'

/** What an execution's name stands for. */
export interface StoredRun {
  run_id: string
  pipeline: string
  version: string
  epoch: number
  execution_arn: string
  /** Epoch milliseconds from which the run's duration counts; a dead writer's unwritten time is in it. */
  started: number
}

/** Why a run has to end; the first reason stands. */
export interface Stop {
  by: 'person' | 'error'
  /** The error's name. */
  error: string
  /** A sentence for a person. */
  message: string
}

/** What a step's plan came to. */
export interface StepCounts {
  items: number
  process: number
  carry: number
  skip: number
}

/** What was done since the last beat. A cost that is not known is null. */
export interface StepDelta extends Spending {
  answered: number
  failed: number
  /** Items whose answer was kept already. */
  kept: number
}

export interface StepProgress extends StepCounts, StepDelta {
  step: number
}

export interface RunProgress {
  epoch: number
  /** Whether a writer holds the version and has given a sign of life within five minutes. */
  alive: boolean
  /** Epoch milliseconds: when the writer began, and its last sign of life. */
  started: number
  seen: number
  stop: Stop | null
  /** Of the version's limit, where it has or had one. */
  account: { limit_usd: number | null; spent_usd: number } | null
  /** Steps that have been planned or worked on, in order. */
  steps: StepProgress[]
}

export interface CloudProgress {
  /** Sets what a step's plan came to. Counts of items begin anew; tokens and cost go on. */
  planned(step: number, counts: StepCounts): Promise<void>
  /**
   * Adds to a step's counts and gives a sign of life, in one request. Does not fail where a newer writer has taken over, but
   * returns its epoch; of a version whose work is over, one that is higher than any. Where the run was ended and nobody has
   * gone on with the version, it is a stop: calls under way may end, and their answers are kept.
   */
  beat(epoch: number, step: number, delta: StepDelta): Promise<{ epoch: number; stop: Stop | null }>
  /** Asks everybody who works on the version to stop. The first one stands. */
  stop(reason: Stop): Promise<void>
  /** Undefined where the version's work is over, or it never had any. */
  read(): Promise<RunProgress | undefined>
}
