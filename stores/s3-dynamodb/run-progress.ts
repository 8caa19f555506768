/** Progress of a run, who works on its batches, and the request to stop it. The counts are for display only: the ledger has the final figures. */
import type { Spending } from '../../core/documents.ts'

/** A worker writes its counts, renews its claim, and hears of a stop this often. 40 Lambdas write 40 times a second, far below a partition's 1000. */
export const beatMs = 2000

/** The version that an execution began, by the execution's name. */
export interface StoredRun {
  run_id: string
  pipeline: string
  version: string
  epoch: number
  execution_arn: string
  /** Epoch milliseconds from which the run's duration counts; a dead writer's unwritten time is in it. */
  started: number
}

/** Why a run must end; the first reason counts. */
export interface Stop {
  by: 'person' | 'error'
  /** The error's name. */
  error: string
  /** A sentence for a person. */
  message: string
}

/** The counts of a step's plan. */
export interface StepCounts {
  items: number
  process: number
  carry: number
  skip: number
}

/** What was done since the last heartbeat. An unknown cost is null. */
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
  /** Of the version's limit, if it has or had one. */
  account: { limit_usd: number | null; spent_usd: number } | null
  /** Steps that have been planned or worked on, in order. */
  steps: StepProgress[]
}

export interface Claiming {
  step: number
  /** A chunk by its number, or whatever else one worker at a time works on. */
  batch: number | string
  /** Ends the wait, with its reason. */
  stop: AbortSignal
  /** Called once if another worker has the batch. */
  waits: () => void
  /** Milliseconds between two beats. Default: beatMs. */
  everyMs?: number
}

/** The right to work on a batch. */
export interface BatchClaim {
  /** Aborts when another worker has taken the batch over, since this one gave no sign of life for three beats. */
  readonly lost: AbortSignal
  /** Leaves the batch to whoever waits for it. If the table cannot be reached, that one waits for three beats. */
  end(): Promise<void>
}

export interface CloudProgress {
  /** Records a step's plan. Counts of items start anew; tokens and cost continue. */
  planned(step: number, counts: StepCounts): Promise<void>
  /**
   * Adds to a step's counts and gives a sign of life, in one request. Does not fail if a newer writer has taken over, but
   * returns its epoch; of a version whose work is over, one that is higher than any. If the run was ended and nobody has
   * resumed the version, it is a stop: calls under way may end, and their answers are kept.
   */
  beat(epoch: number, step: number, delta: StepDelta): Promise<{ epoch: number; stop: Stop | null }>
  /** After the last beat: takes out of the record what only the beats of this worker needed there. */
  leave(): Promise<void>
  /** Says that the run is alive until then (epoch milliseconds), though nobody works for it. */
  waits(epoch: number, until: number): Promise<void>
  /** Asks every worker of the version to stop. The first reason counts. */
  stop(reason: Stop): Promise<void>
  /** Undefined if the version's work is over, or it never had any. */
  read(): Promise<RunProgress | undefined>
}
