/** What a full run of the benchmarks writes to bench/results.json. */
import type { Bar } from './bars.ts'
import type { Row } from './rows.ts'

export interface Results {
  date: string
  machine: { processor: string; cores: number; memory_gb: number; system: string; node: string }
  rows: Row[]
  bars: Bar[]
}
