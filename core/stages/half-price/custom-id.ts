/** The name of a request in a message batch, by which its result is found: run, step, position, attempt, and what it answers. */
import { sha256 } from '../../text/ids.ts'

export interface Named {
  item_index: number
  /** The number of the batch in its step: an item is in each once. */
  attempt: number
  /** Whether it is the second ask, after an answer that could not be used. */
  again: boolean
  fingerprint: string
}

// Of 64 characters: 26 of a ULID, 12 of the fingerprint, and the rest for numbers.
const mostOfRun = 26
const ofFingerprint = 12

/** What the names of a step's requests begin with. No other run's do. */
export function namePrefix(run_id: string, step: number): string {
  const run =
    /^[A-Za-z0-9_-]+$/.test(run_id) && run_id.length <= mostOfRun ? run_id : sha256(run_id).slice(0, mostOfRun)
  return `${run}-${step}-`
}

export function customId(prefix: string, { item_index, attempt, again, fingerprint }: Named): string {
  return `${prefix}${item_index}-${attempt}${again ? 'b' : 'a'}-${startOf(fingerprint)}`
}

const form = /^(\d+)-(\d+)([ab])-([0-9a-f]+)$/

/** What a name says, its fingerprint cut short; null for one of something else. */
export function namedBy(prefix: string, custom_id: string): Named | null {
  if (!custom_id.startsWith(prefix)) return null
  const [, index, attempt, ask, fingerprint] = form.exec(custom_id.slice(prefix.length)) ?? []
  if (index === undefined || fingerprint === undefined) return null
  return { item_index: Number(index), attempt: Number(attempt), again: ask === 'b', fingerprint }
}

/** Whether a name stands for this very question. */
export function isAbout({ fingerprint: start }: Named, fingerprint: string): boolean {
  return startOf(fingerprint) === start
}

function startOf(fingerprint: string): string {
  return fingerprint.slice(0, ofFingerprint)
}
