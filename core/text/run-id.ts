/** The id of a run: a ULID. It also names the run's execution on AWS and the folder of a one-off. */
import { createHash } from 'node:crypto'

// Crockford's base32, as ULIDs are written.
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The same id for the same Idempotency-Key: the first 128 bits of the key's sha256 as 26 digits of 5 bits, the first of 3. */
export function runIdOfKey(key: string): string {
  let bits = BigInt(`0x${createHash('sha256').update(key).digest('hex').slice(0, 32)}`)
  let id = ''
  for (let at = 0; at < 26; at++) {
    id = digits[Number(bits & 31n)] + id
    bits >>= 5n
  }
  return id
}

/** Whether a text can be an execution's name: ours are ULIDs, but anybody may start one under another name. */
export function isRunId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,80}$/.test(text)
}
