/** Which gaps of a template are fields of a step's items, and which may be mistyped ones. */
import { distance } from 'fastest-levenshtein'
import type { Json } from '../text/json.ts'
import { canBeWritten, fieldOf, type Template } from './template.ts'
import { NameClash, variablesOf } from './variables.ts'

/** The names that the items of a step offer, gathered item by item. */
export class OfferedNames {
  readonly #wanted: ReadonlySet<string>
  readonly #offered = new Set<string>()
  /** All names, to find what a mistyped one may mean. */
  readonly #all = new Set<string>()

  constructor({ gaps }: Pick<Template, 'gaps'>) {
    this.#wanted = new Set(gaps.flatMap((gap) => [gap, gap.replace(/\?$/, ''), gap.trim()]))
  }

  /** Takes the fields of an item, or of a whole input. */
  addItem(item: Json, prefix = ''): void {
    try {
      for (const name of variablesOf(item).keys()) this.add(prefix + name)
    } catch (error) {
      // The check of the prompts tells it with the item's id.
      if (!(error instanceof NameClash)) throw error
    }
  }

  add(name: string): void {
    if (this.#wanted.has(name)) this.#offered.add(name)
    if (this.#all.size < mostNames && canBeWritten(name)) this.#all.add(name)
  }

  has(name: string): boolean {
    return this.#offered.has(name)
  }

  all(): Iterable<string> {
    return this.#all
  }
}

/** More names than any table has columns are keys that differ from item to item. */
const mostNames = 10_000

/** A gap that is no field, but nearly one. */
export interface NearMiss {
  gap: string
  /** The names of the fields it may mean, nearest first. */
  meant: string[]
}

export interface Gaps {
  /** The gaps that mean something: fields to fill in, and in doubled braces what is written in single ones. */
  fields: string[]
  /** Gaps that are sent as text but probably name a field. */
  near: NearMiss[]
  /** Gaps such as `{ name }`, which are text: code is written so. Without the spaces they would be variables. */
  spaced: string[]
}

/** Sorts the gaps of a template out. `names`: what the items offer; nothing counts as a field if they are not known. */
export function sortGaps(template: Template, names: OfferedNames): Gaps {
  const fields = new Set<string>()
  const near: NearMiss[] = []
  const spaced = new Set<string>()
  for (const piece of template.pieces) {
    if (!('gap' in piece)) continue
    const field = fieldOf(piece.gap, (name) => names.has(name))
    if (field !== undefined) {
      fields.add(field)
      continue
    }
    if (isSpacedIdentifier(piece.gap)) {
      if (!piece.isDoubled && names.has(piece.gap.trim())) spaced.add(piece.gap)
      continue
    }
    const meant = nearFields(piece.gap, names.all())
    if (meant.length === 0) continue
    // Doubled braces around a mistyped name ask for text.
    if (piece.isDoubled) fields.add(piece.gap)
    else if (!near.some(({ gap }) => gap === piece.gap)) near.push({ gap: piece.gap, meant })
  }
  return { fields: [...fields], near, spaced: [...spaced] }
}

function isSpacedIdentifier(gap: string): boolean {
  return gap !== gap.trim() && /^[A-Za-z_]\w*$/.test(gap.trim())
}

// Code, formulas and JSON are full of braces.
const looksLikeName = /^[^:;,=<>[\]|\\'"`^*]*$/

/** The fields that a gap nearly names: without case and separators at most a quarter of the shorter one's letters differ. */
function nearFields(gap: string, names: Iterable<string>): string[] {
  const wanted = folded(gap.replace(/\?$/, ''))
  if (!looksLikeName.test(gap) || (wanted.match(/\p{L}/gu) ?? []).length < 3) return []
  const found: { name: string; far: number }[] = []
  for (const name of names) {
    const other = folded(name)
    const most = Math.floor(Math.min(wanted.length, other.length) / 4)
    if (Math.abs(wanted.length - other.length) > most) continue
    const far = distance(wanted, other)
    if (far <= most) found.push({ name, far })
  }
  return found
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Through upper case ß becomes ss. */
function folded(name: string): string {
  const plain = name.normalize('NFKD').toUpperCase().toLowerCase()
  return plain.replace(/[\p{M}\s\-_.]+/gu, '')
}

/** `{US Gros}, but no item has a field of this name. Did you mean {US Gross}? …` */
export function nearMissText({ gap, meant }: NearMiss, whose: string): string {
  const looksAlike = meant.some((name) => name.normalize() === gap.normalize())
  const alike = looksAlike ? ' It looks the same, but is made of other characters: copy it from the input.' : ''
  return `has {${gap}} in it, but ${whose} no field of this name. Did you mean ${meant.map((name) => `{${name}}`).join(' or ')}?${alike} To send the braces as text, double them: {{${gap}}}.`
}

/** `has { name } in it, which is sent as it is. …` */
export function spacedText(gap: string): string {
  return `has {${gap}} in it, which is sent as it stands. Write {${gap.trim()}} to have the field filled in.`
}
