/** What can happen to a file. */
import fc from 'fast-check'

export interface Change {
  name: string
  /** The file afterwards; null where it is gone. */
  apply(before: Buffer): Buffer | null
}

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const piece = fc.constantFrom('x', ' ', '\n', '"', ',', '{', ']', 'é', '12', '\\', '\uFEFF', '  ', '{"id": 12}', '\0')

function named(name: string, apply: Change['apply']): Change {
  return { name, apply }
}

function at(part: number, { length }: Buffer): number {
  return Math.floor(part * length)
}

const flip = fc.tuple(share, fc.nat(7)).map(([part, bit]) =>
  named(`bit ${bit} flipped at ${part}`, (before) => {
    const after = Buffer.from(before)
    const place = at(part, before)
    after[place] = (after[place] ?? 0) ^ (1 << bit)
    return after
  }),
)

const insert = fc
  .tuple(share, piece)
  .map(([part, text]) =>
    named(`${JSON.stringify(text)} inserted at ${part}`, (before) =>
      Buffer.concat([before.subarray(0, at(part, before)), Buffer.from(text), before.subarray(at(part, before))]),
    ),
  )

const remove = fc
  .tuple(share, fc.integer({ min: 1, max: 30 }))
  .map(([part, count]) =>
    named(`${count} bytes deleted at ${part}`, (before) =>
      Buffer.concat([before.subarray(0, at(part, before)), before.subarray(at(part, before) + count)]),
    ),
  )

const cut = share.map((part) => named(`cut off at ${part}`, (before) => before.subarray(0, at(part, before))))

/** One number made another, as a slip in an id, a count or a byte range. */
const digit = fc.tuple(share, fc.integer({ min: 0, max: 20 })).map(([part, number]) =>
  named(`a number made ${number} from ${part}`, (before) => {
    const text = before.toString('latin1')
    const from = at(part, before)
    return Buffer.from(text.slice(0, from) + text.slice(from).replace(/\d+/, String(number)), 'latin1')
  }),
)

/** Changes to what stands in the file as a list: the elements of an array, or lines. */
const listed = fc
  .tuple(fc.nat(), fc.nat(), fc.constantFrom('swap', 'drop', 'double', 'reverse', 'values'))
  .map(([a, b, how]) =>
    named(`${how} ${a} ${b}`, (before) => {
      const text = before.toString()
      const elements = elementsOf(text)
      const values = elements ?? text.split('\n').slice(0, -1)
      if (values.length < 2) return before
      const [first, second] = [a % values.length, b % values.length]
      const changed = changedList(values, { first, second, how })
      return Buffer.from(elements === null ? `${changed.join('\n')}\n` : `${JSON.stringify(changed, null, 2)}\n`)
    }),
  )

function elementsOf(text: string): unknown[] | null {
  try {
    const value = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function changedList(
  values: unknown[],
  { first, second, how }: { first: number; second: number; how: string },
): unknown[] {
  if (how === 'reverse') return values.toReversed()
  if (how === 'drop') return values.toSpliced(first, 1)
  if (how === 'double') return values.toSpliced(first, 0, values[second])
  if (how === 'swap') return values.with(first, values[second]).with(second, values[first])
  // What one item was answered, under the id of another.
  const [one, other] = [values[first], values[second]] as { text?: unknown }[]
  if (typeof one !== 'object' || typeof other !== 'object') return values
  return values.with(first, { ...one, text: other?.text })
}

const layouts = fc.constantFrom(
  named('Windows line ends', (before) => Buffer.from(before.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')),
  named('indented by 4', (before) => relaid(before, 4)),
  named('on one line', (before) => relaid(before, 0)),
  named('emptied', () => Buffer.alloc(0)),
  named('removed', () => null),
)

function relaid(before: Buffer, indent: number): Buffer {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(before.toString()), null, indent))
  } catch {
    const lines = before.toString().split('\n')
    return Buffer.from(lines.map((line) => (line.startsWith('{') ? ` ${line} ` : line)).join('\n'))
  }
}

export const changes: fc.Arbitrary<Change> = fc.oneof(flip, insert, remove, cut, digit, listed, layouts)
