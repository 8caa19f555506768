/**
 * An expression that chooses items, in JSONata: bare names are the item's fields; `answer.` and `ledger.` stand before the others'.
 * The same item gives the same result at any time and anywhere: chance and the clock are refused.
 */
import type { Expression } from 'jsonata'
import { type LedgerLine, ledgerLine } from '../documents.ts'
import { isExactNumber, type Json } from '../text/json.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import { type Reads, readsOf } from './expression-reads.ts'

/** What an expression is asked about; undefined for what there is not. */
export interface Judged {
  item: Json | undefined
  answer?: Json | undefined
  ledger?: LedgerLine | undefined
}

/** Thrown for an expression that cannot be used. The message is the end of a sentence that begins with the expression. */
export class WhereInvalid extends Error {
  override readonly name = 'WhereInvalid'
}

/** Thrown for an item that an expression cannot be worked out for. The message is a clause. */
export class WhereFails extends Error {
  override readonly name = 'WhereFails'
}

/** Milliseconds for one item, calls of itself, and elements of a list: an honest expression takes a fraction of a millisecond. */
const limits = { timeout: 2_000, stack: 200, sequence: 1_000_000 }

const refused = new Map([
  ['eval', 'could read anything'],
  ['random', 'gives another result each time'],
  ['shuffle', 'gives another result each time'],
  ['now', 'gives another result each time'],
  ['millis', 'gives another result each time'],
])

export class Where {
  readonly text: string
  readonly reads: Reads
  readonly #expression: Expression
  /** Names that nothing has had yet. */
  readonly #unseen: Map<'item' | 'answer', Set<string>>
  /** What there was to ask about. */
  readonly #seen = new Set<'item' | 'answer'>()

  private constructor(text: string, { expression, reads }: { expression: Expression; reads: Reads }) {
    this.text = text
    this.reads = reads
    this.#expression = expression
    this.#unseen = new Map([
      ['item', new Set(reads.item)],
      ['answer', new Set(reads.answer)],
    ])
  }

  /** Reads an expression. Throws WhereInvalid. */
  static async compile(text: string): Promise<Where> {
    const { default: jsonata } = await import('jsonata')
    const { LinearRegex } = await import('./regex-engine.ts')
    try {
      const engine = LinearRegex as unknown as RegExpConstructor
      const expression = jsonata(text, { ...limits, RegexEngine: engine })
      const reads = readsOf(expression.ast())
      for (const name of reads.variables) if (refused.has(name)) throw unusable(name)
      for (const name of reads.ledger ?? []) if (!(name in ledgerLine.shape)) throw noLedgerField(name)
      for (const regex of reads.regexes) compiled(regex, LinearRegex)
      return new Where(text, { expression, reads })
    } catch (error) {
      throw error instanceof WhereInvalid ? error : unreadable(text, error)
    }
  }

  /** Whether the expression reads what only an earlier version has. */
  get readsEarlier(): boolean {
    return this.reads.answer !== null || this.reads.ledger !== null
  }

  /** Whether the expression reads the item, apart from its answer and its ledger line. */
  get readsItem(): boolean {
    return this.reads.wholeItem || this.reads.item.size > 0
  }

  /** Whether the expression takes an item: whether its result counts as true in JSONata. Throws WhereFails. */
  async takes({ item, answer, ledger }: Judged): Promise<boolean> {
    const [own, answered] = [plain(item), plain(answer)]
    this.#see('item', own)
    this.#see('answer', answered)
    const fields = typeof own === 'object' && own !== null && !Array.isArray(own) ? own : {}
    // They cannot be listed: what goes through all fields goes through the item's.
    const context = Object.defineProperties({ ...fields }, { answer: unlisted(answered), ledger: unlisted(ledger) })
    try {
      return counts(await this.#expression.evaluate(context, { item: own, answer: answered, ledger }))
    } catch (error) {
      throw new WhereFails(reasonOf(error), { cause: error })
    }
  }

  /** Sentences about fields that the expression names and that nothing had which it was asked about. */
  warnings(): string[] {
    return [...this.#unseen].flatMap(([of, names]) =>
      names.size === 0 || !this.#seen.has(of)
        ? []
        : [
            `No ${of} has ${names.size === 1 ? 'the field' : 'the fields'} ${someOf([...names])}, which \`${this.text}\` names. Text stands in quotes: topic = "money".`,
          ],
    )
  }

  #see(of: 'item' | 'answer', value: unknown): void {
    const unseen = this.#unseen.get(of)
    if (unseen === undefined || unseen.size === 0 || typeof value !== 'object' || value === null) return
    this.#seen.add(of)
    for (const name of unseen) if (name in value) unseen.delete(name)
  }
}

/** Over a field of the item with that name, too. */
function unlisted(value: unknown): PropertyDescriptor {
  return { value, enumerable: false }
}

/** As JavaScript counts: JSONata knows no other numbers. */
function plain(value: Json | undefined): unknown {
  if (isExactNumber(value)) return Number(value.rawJSON)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

/** As `$boolean` of JSONata; a list counts if one of its elements does. */
function counts(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(counts)
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return typeof value !== 'function' && Boolean(value)
}

function unusable(name: string): WhereInvalid {
  return new WhereInvalid(`cannot use $${name}(), which ${refused.get(name)}`)
}

function noLedgerField(name: string): WhereInvalid {
  const known = Object.keys(ledgerLine.shape)
  return new WhereInvalid(
    `names ledger.${name}, which no ledger line has.${didYouMean(name, known) || ` It has ${someOf(known, 50)}.`}`.replace(
      /\.$/,
      '',
    ),
  )
}

function compiled(written: RegExp, Engine: new (regex: RegExp) => unknown): void {
  try {
    new Engine(written)
  } catch (error) {
    const reason = messageOf(error).replace(/^error parsing regexp: /, '')
    throw new WhereInvalid(
      `has the pattern /${written.source}/, which cannot be searched in linear time (${reason}). Use a simpler one`,
    )
  }
}

function unreadable(text: string, error: unknown): WhereInvalid {
  const position = typeof error === 'object' && error !== null && 'position' in error ? error.position : undefined
  const place = typeof position === 'number' ? ` at character ${position}` : ''
  const hints = [
    ...(/==/.test(text) ? ['JSONata compares with one ='] : []),
    ...(/&&|\|\|/.test(text) ? ['it joins conditions with and, or'] : []),
  ]
  const hint = hints.length === 0 ? 'Expected JSONata, such as grade >= 4 and topic = "money"' : upper(hints.join('; '))
  return new WhereInvalid(`cannot be read${place}: ${messageOf(error).replace(/\.$/, '')}. ${hint}`, { cause: error })
}

/** What JSONata says; numbers in a CSV file are the usual reason. */
function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const hint =
    code === 'T2009' || code === 'T2010' || code === 'T2001' || code === 'T2002'
      ? ' (a text that holds a number: $number(grade) >= 4)'
      : ''
  if (code === 'D1012') return `it takes longer than ${limits.timeout / 1000} seconds`
  return `${messageOf(error).replace(/\.$/, '')}${hint}`
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}

function upper(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
