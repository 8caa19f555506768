/**
 * A fast hash of a text, for tables of many ids. No checksum: whoever finds something by it compares the text. The index of
 * a ledger stores its first half (core/versions/ledger-index.ts), so it must stay as it is.
 */

/** Two numbers of 32 bits, mixed as MurmurHash3 mixes, with other constants for each. */
export function textHash(text: string): readonly [number, number] {
  let first = 0x2f0b4c47
  let second = 0x7feb352d
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at) + 1
    first = Math.imul(rotated(first ^ mixed(unit, 0xcc9e2d51, 15), 13), 5) + 0xe6546b64
    second = Math.imul(rotated(second ^ mixed(unit, 0x85ebca6b, 17), 11), 9) + 0x561ccd1b
  }
  return [finished(first ^ text.length), finished(second ^ Math.imul(text.length, 0x9e3779b1))]
}

function mixed(unit: number, by: number, turn: number): number {
  const product = Math.imul(unit, by)
  return Math.imul((product << turn) | (product >>> (32 - turn)), 0x1b873593)
}

function rotated(value: number, turn: number): number {
  return (value << turn) | (value >>> (32 - turn))
}

/** Lets each bit depend on all others. */
function finished(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
