/** The id of a run on AWS: a ULID, which is the name of its execution too, and of a one-off's folder. */
import { createHash } from 'node:crypto'
import { ulid } from 'ulid'

// Crockford's base32, as ULIDs are written.
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A new id, or the one that an Idempotency-Key stands for: the same key gives the same id. */
export function runIdFor(key?: string): string {
  return key === undefined ? ulid() : keyedId(key)
}

/** The first 128 bits of the key's sha256 in the form of a ULID: 26 digits of 5 bits, the first with 3. */
function keyedId(key: string): string {
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
