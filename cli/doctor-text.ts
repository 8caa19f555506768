/** What the doctor found, for a person. */
import type { Finding } from '../core/doctor/finding.ts'
import { printable } from './printable.ts'

export interface Diagnosis {
  /** Whether it was asked to mend. */
  fix: boolean
  /** Versions it looked at. */
  versions: number
  /** Versions that are being run, which it leaves alone. */
  running: string[]
  /** What is with the API in message batches, a sentence a version. */
  waiting: string[]
  /** `done`: what --fix did about it; null if nothing was done. */
  findings: (Omit<Finding, 'mend'> & { can_fix: boolean; done: string | null })[]
}

export function diagnosisText(diagnosis: Diagnosis): string {
  const blocks = diagnosis.findings.map((finding) => `${findingText(finding)}\n`)
  const running = diagnosis.running.map((version) => `${version} is running, so it was left alone.\n`)
  const waiting = diagnosis.waiting.map((text) => `${text}\n`)
  return [...blocks, ...running, ...waiting, summary(diagnosis)].join('')
}

function findingText({ path, found, means, remedy, can_fix, done }: Diagnosis['findings'][number]): string {
  const last = done !== null ? `  Done:   ${done}` : `  ${can_fix ? 'Fix:   ' : 'To do: '} ${remedy}`
  return `${[printable(path), `  Found:  ${found}`, `  Means:  ${means}`, last].map(printable).join('\n')}\n`
}

function summary({ fix, versions, findings }: Diagnosis): string {
  const looked = versions === 1 ? '1 version' : `${versions} versions`
  if (versions === 0 && findings.length === 0) return 'There are no versions yet, so there is nothing to look at.\n'
  if (findings.length === 0) return `Nothing is wrong with ${looked}.\n`
  const things = findings.length === 1 ? '1 thing' : `${findings.length} things`
  if (!fix) return `${things} found in ${looked}. Nothing was changed; \`itemwise doctor --fix\` repairs what it can.\n`
  return `${findings.filter(({ done }) => done !== null).length} of ${things} repaired in ${looked}.\n`
}
