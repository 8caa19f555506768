/** The right to write one version, as an epoch in the table: whoever sees a higher one than its own has been replaced. */
import type { Lease } from '../../core/store.ts'

export interface CloudLease extends Lease {
  readonly epoch: number
  /** Epoch milliseconds from which the run's duration counts. */
  readonly started: number
  /**
   * Leaves the version to the stages that come after this process, which write under the same epoch: signs of life are theirs
   * from now on, and nothing is released.
   */
  handOver(): Promise<{ epoch: number; started: number }>
}
