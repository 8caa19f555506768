/** Characters that steer a terminal or turn the order of what is read. */

const between = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => String.fromCharCode(from + at))

/** Each of them: C0 but for tab and line end, DEL, C1, and what turns the order of a text or ends a line. */
export const steering: readonly string[] = [
  ...between(0x00, 0x1f).filter((character) => character !== '\t' && character !== '\n'),
  ...between(0x7f, 0x9f),
  ...['\u061c', '\u200e', '\u200f', '\u2028', '\u2029'],
  ...between(0x202a, 0x202e),
  ...between(0x2066, 0x2069),
]

/** Whether a text has one of them raw. */
export function isSteering(text: string): boolean {
  return steering.some((character) => text.includes(character))
}
