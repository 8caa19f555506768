/**
 * Prompt templates: their front matter, their variables, and filling them in. One pass: what an item contains is never expanded again.
 * Long, since reading and filling share one scanner of gaps.
 */
import { type Document, parseDocument } from 'yaml'
import { type ModelSettings, modelSettings } from '../request.ts'
import { describeIssues } from '../text/issues.ts'
import { settleNumbers, yamlValueOf } from '../text/written-numbers.ts'

/** A template could not be read. `problems` are sentences. */
export class TemplateInvalid extends Error {
  override readonly name = 'TemplateInvalid'
  readonly problems: string[]

  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

type Variable = { variable: string; optional: boolean }

/** Braces around what is no identifier: a variable if it is the name of a field, else text. Which of them is known only with the items. */
type Gap = { gap: string; isDoubled: boolean }

type Piece = { text: string } | Variable | Gap

export interface Template {
  settings: ModelSettings
  pieces: Piece[]
  /** Names that every item must offer, without `item` and `input`. */
  required: string[]
  /** All names it uses. */
  names: string[]
  /** The content of its gaps, doubled ones included. */
  gaps: string[]
  /** How many pieces stand above the author's mark, and are the same for all items; null without a mark. */
  markedPieces: number | null
}

export interface Parsing {
  /**
   * True for a template that a version from before gaps keeps: its answers were asked for with all braces but `{identifier}` as text,
   * and with a mark as text if it was the last line or a second one. Resumed, it reads as it did.
   */
  asBefore?: boolean
  /** False for a template that a version keeps: its settings were read when the version began, and stand in run.json. */
  settings?: boolean
}

// {{name}} writes {name}; {name} and {name?} are variables. What holds a quote is JSON.
const bracesPattern = /\{\{([^{}\n"]+)\}\}|\{([^{}\n"]+)\}/g
const identifierPattern = /^([A-Za-z_]\w*)(\?)?$/

/** The whole item, and the whole input of a single-call step. */
const wholes = new Set(['item', 'input'])

/**
 * Parses a template file: optional YAML front matter between two `---` lines, then the body. A BOM is dropped and CRLF becomes LF.
 * Throws TemplateInvalid.
 */
export function parseTemplate(text: string, path: string, parsing: Parsing = {}): Template {
  const { asBefore = false, settings: readsSettings = true } = parsing
  const clean = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const { yaml, body } = splitFrontMatter(clean, path)
  const settings = yaml === null || !readsSettings ? {} : parseSettings(yaml, path)
  const marks = marksIn(body, asBefore)
  const problems = [
    ...(asBefore ? [] : secondMarkProblem(marks, { path, linesAbove: linesIn(clean) - linesIn(body) })),
    ...(hasNoText(body, asBefore)
      ? [`${path} has no text. Expected the prompt; write it below the front matter.`]
      : []),
  ]
  if (problems.length > 0) throw new TemplateInvalid(problems)
  const { pieces, markedPieces } = parseMarked(body, { mark: marks[0], asBefore })
  const variables = pieces.filter((piece) => 'variable' in piece)
  return {
    settings,
    pieces,
    required: unique(
      variables.filter((piece) => !piece.optional && !wholes.has(piece.variable)).map((piece) => piece.variable),
    ),
    names: unique(variables.map((piece) => piece.variable)),
    gaps: unique(pieces.flatMap((piece) => ('gap' in piece ? [piece.gap] : []))),
    markedPieces,
  }
}

function hasNoText(body: string, asBefore: boolean): boolean {
  return (asBefore ? body : body.replaceAll(sharedMark, '')).trim() === ''
}

/** A separate line that means: everything above it is the same for all items. It is not sent. */
const sharedMark = /^[ \t]*<!-- shared above -->[ \t]*(?:\n|(?![\s\S]))/gm

function marksIn(body: string, asBefore: boolean): RegExpExecArray[] {
  const marks = [...body.matchAll(sharedMark)]
  return asBefore ? marks.filter(([line]) => line.endsWith('\n')) : marks
}

function secondMarkProblem(
  [first, ...others]: RegExpExecArray[],
  { path, linesAbove }: { path: string; linesAbove: number },
): string[] {
  if (first === undefined || others.length === 0) return []
  const lineOf = ({ index, input }: RegExpExecArray) => linesAbove + linesIn(input.slice(0, index)) + 1
  const lines = others.map(lineOf)
  return [
    `${path} has <!-- shared above --> on line ${lineOf(first)} and again on line ${lines.join(' and ')}. Expected it once: what stands above it is the same for all items. Take the others out.`,
  ]
}

function linesIn(text: string): number {
  return text.split('\n').length - 1
}

function parseMarked(
  body: string,
  { mark, asBefore }: { mark: RegExpExecArray | undefined; asBefore: boolean },
): Pick<Template, 'pieces' | 'markedPieces'> {
  if (mark === undefined) return { pieces: parseBody(body, asBefore), markedPieces: null }
  const above = parseBody(body.slice(0, mark.index), asBefore)
  const below = parseBody(body.slice(mark.index + mark[0].length), asBefore)
  return { pieces: [...above, ...below], markedPieces: above.length }
}

/** `yaml`: null if there is none. */
function splitFrontMatter(text: string, path: string): { yaml: string | null; body: string } {
  if (!/^---[ \t]*\n/.test(text)) return { yaml: null, body: text }
  const end = /\n---[ \t]*(\n|$)/.exec(text)
  if (end === null) {
    throw new TemplateInvalid([
      `${path} opens front matter with --- that never closes. Expected a second line --- below the settings.`,
    ])
  }
  const yaml = text.slice(text.indexOf('\n') + 1, end.index + 1)
  return { yaml, body: text.slice(end.index + end[0].length).replace(/^\n/, '') }
}

function parseSettings(yaml: string, path: string): ModelSettings {
  const document = parseDocument(yaml, { prettyErrors: true, intAsBigInt: true })
  if (document.errors.length > 0) {
    // The front matter begins below its first line, so its lines count one more in the file.
    throw new TemplateInvalid(
      document.errors.map(
        (error) =>
          `The front matter of ${path} is not YAML (line ${(error.linePos?.[0].line ?? 0) + 1}): ${firstLine(error.message)}.`,
      ),
    )
  }
  const where = `The front matter of ${path}`
  const { value, problems } = settleNumbers(yamlValue(document, path), where)
  const parsed = modelSettings.safeParse(value, { reportInput: true })
  if (parsed.success && problems.length === 0) return parsed.data
  const others = parsed.success ? [] : describeIssues(parsed.error, modelSettings, where)
  throw new TemplateInvalid([...others, ...problems])
}

/** An alias without its anchor comes out only here. */
function yamlValue(document: Document.Parsed, path: string): unknown {
  try {
    return yamlValueOf(document) ?? {}
  } catch (cause) {
    throw new TemplateInvalid([`The front matter of ${path} is not YAML: ${(cause as Error).message}.`])
  }
}

function parseBody(body: string, asBefore: boolean): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of body.matchAll(bracesPattern)) {
    const piece = pieceOf(match, asBefore)
    if (piece === null) continue
    if (match.index > end) pieces.push({ text: body.slice(end, match.index) })
    pieces.push(piece)
    end = match.index + match[0].length
  }
  if (end < body.length) pieces.push({ text: body.slice(end) })
  return pieces
}

/** Null for braces that are text for any items. */
function pieceOf([, doubled, single]: RegExpExecArray, asBefore: boolean): Piece | null {
  const [, variable, optional] = identifierPattern.exec(doubled ?? single ?? '') ?? []
  if (variable === undefined)
    return asBefore ? null : { gap: doubled ?? single ?? '', isDoubled: doubled !== undefined }
  return doubled === undefined ? { variable, optional: optional !== undefined } : { text: `{${doubled}}` }
}

/** What a template is filled with: a variable's text, or undefined if the item lacks it. */
export type Lookup = (variable: string) => string | undefined

/** A rendered prompt, and how many characters at its start are the same for all items. */
export interface Prompt {
  prompt: string
  shared: number
}

/**
 * Fills a template in. `fields`: the gaps that are fields of the items; other gaps are text. A template without variables gets the
 * item appended. Returns the missing names instead of a prompt if a required one is missing.
 */
export function render(
  template: Template,
  lookup: Lookup,
  fields: readonly string[] = [],
): Prompt | { missing: string[] } {
  const pieces = template.pieces.map((piece) => ('gap' in piece ? resolved(piece, fields) : piece))
  const missing = new Set<string>()
  const texts = pieces.map((piece) => {
    if ('text' in piece) return piece.text
    const value = lookup(piece.variable)
    if (value === undefined && !piece.optional) missing.add(piece.variable)
    return value ?? ''
  })
  if (missing.size > 0) return { missing: [...missing] }
  const first = pieces.findIndex((piece) => 'variable' in piece)
  if (first !== -1) {
    const shared = texts.slice(0, template.markedPieces ?? first)
    return { prompt: texts.join(''), shared: shared.join('').length }
  }
  const instructions = `${texts.join('').trimEnd()}\n\n`
  return { prompt: `${instructions}${lookup('item') ?? lookup('input') ?? ''}\n`, shared: instructions.length }
}

function resolved({ gap, isDoubled }: Gap, fields: readonly string[]): { text: string } | Variable {
  const variable = fieldOf(gap, (name) => fields.includes(name))
  if (variable === undefined) return { text: isDoubled ? `{{${gap}}}` : `{${gap}}` }
  return isDoubled ? { text: `{${gap}}` } : { variable, optional: variable !== gap }
}

/** The field that a gap means: the one of exactly this name, or that of the name before a question mark. */
export function fieldOf(gap: string, isField: (name: string) => boolean): string | undefined {
  if (isField(gap)) return gap
  return gap.endsWith('?') && isField(gap.slice(0, -1)) ? gap.slice(0, -1) : undefined
}

/** Whether a field can be named in a template: `{identifier}`, or what a gap can hold. */
export function canBeWritten(name: string): boolean {
  return /^[^{}\n"]+$/.test(name) && !/^[A-Za-z_]\w*\?$/.test(name)
}

function unique(names: string[]): string[] {
  return [...new Set(names)]
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/[:.]$/, '').replace(/ at line \d+, column \d+$/, '')
}
