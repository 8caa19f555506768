/** Prompt templates: their front matter, their variables, and filling them in. One pass: what an item contains is never expanded again. */
import { type Document, parseDocument } from 'yaml'
import { describeIssues } from './issues.ts'
import { type ModelSettings, modelSettings } from './request.ts'

/** A template could not be read. `problems` are sentences. */
export class TemplateInvalid extends Error {
  override readonly name = 'TemplateInvalid'
  readonly problems: string[]

  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

type Piece = { text: string } | { variable: string; optional: boolean }

export interface Template {
  settings: ModelSettings
  pieces: Piece[]
  /** Names that every item must offer, without `item` and `input`. */
  required: string[]
  /** All names it uses. */
  names: string[]
  /** How many pieces at the start are the same for all items: the text before the first variable, or what stands above the author's mark. */
  sharedPieces: number
}

// {{name}} writes {name}; {name} and {name?} are variables; any other brace is text.
const variablePattern = /\{\{([A-Za-z_]\w*\??)\}\}|\{([A-Za-z_]\w*)(\?)?\}/g

/** The whole item, and the whole input of a single-call step. */
const wholes = new Set(['item', 'input'])

/**
 * Parses a template file: optional YAML front matter between two `---` lines, then the body. A BOM is dropped and CRLF becomes LF.
 * Throws TemplateInvalid.
 */
export function parseTemplate(text: string, path: string): Template {
  const clean = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const { settings, body } = splitFrontMatter(clean, path)
  const { pieces, sharedPieces } = parseShared(body)
  const variables = pieces.filter((piece) => 'variable' in piece)
  if (body.trim() === '')
    throw new TemplateInvalid([`${path} has no text. Expected the prompt; write it below the front matter.`])
  return {
    settings,
    pieces,
    required: unique(
      variables.filter((piece) => !piece.optional && !wholes.has(piece.variable)).map((piece) => piece.variable),
    ),
    names: unique(variables.map((piece) => piece.variable)),
    sharedPieces,
  }
}

/** A line of its own that says: all above is the same for all items. It is not sent. */
const sharedMark = /^[ \t]*<!-- shared above -->[ \t]*\n/m

function parseShared(body: string): { pieces: Piece[]; sharedPieces: number } {
  const mark = sharedMark.exec(body)
  if (mark === null) {
    const pieces = parseBody(body)
    const first = pieces.findIndex((piece) => 'variable' in piece)
    return { pieces, sharedPieces: first === -1 ? pieces.length : first }
  }
  const above = parseBody(body.slice(0, mark.index))
  const below = parseBody(body.slice(mark.index + mark[0].length))
  return { pieces: [...above, ...below], sharedPieces: above.length }
}

function splitFrontMatter(text: string, path: string): { settings: ModelSettings; body: string } {
  if (!/^---[ \t]*\n/.test(text)) return { settings: {}, body: text }
  const end = /\n---[ \t]*(\n|$)/.exec(text)
  if (end === null) {
    throw new TemplateInvalid([
      `${path} opens front matter with --- that never closes. Expected a second line --- below the settings.`,
    ])
  }
  const yaml = text.slice(text.indexOf('\n') + 1, end.index + 1)
  return { settings: parseSettings(yaml, path), body: text.slice(end.index + end[0].length).replace(/^\n/, '') }
}

function parseSettings(yaml: string, path: string): ModelSettings {
  const document = parseDocument(yaml, { prettyErrors: true })
  if (document.errors.length > 0) {
    // The front matter begins below its first line, so its lines count one more in the file.
    throw new TemplateInvalid(
      document.errors.map(
        (error) =>
          `The front matter of ${path} is not YAML (line ${(error.linePos?.[0].line ?? 0) + 1}): ${firstLine(error.message)}.`,
      ),
    )
  }
  const parsed = modelSettings.safeParse(yamlValue(document, path), { reportInput: true })
  if (!parsed.success)
    throw new TemplateInvalid(describeIssues(parsed.error, modelSettings, `The front matter of ${path}`))
  return parsed.data
}

/** An alias without its anchor comes out only here. */
function yamlValue(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS() ?? {}
  } catch (cause) {
    throw new TemplateInvalid([`The front matter of ${path} is not YAML: ${(cause as Error).message}.`])
  }
}

function parseBody(body: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of body.matchAll(variablePattern)) {
    const [whole, escaped, variable, optional] = match
    if (match.index > end) pieces.push({ text: body.slice(end, match.index) })
    pieces.push(variable === undefined ? { text: `{${escaped}}` } : { variable, optional: optional !== undefined })
    end = match.index + whole.length
  }
  if (end < body.length) pieces.push({ text: body.slice(end) })
  return pieces
}

/** What a template is filled with: a variable's text, or undefined where the item lacks it. */
export type Lookup = (variable: string) => string | undefined

/** A rendered prompt, and how many characters at its start are the same for all items. */
export interface Prompt {
  prompt: string
  shared: number
}

/**
 * Fills a template in. A template without variables gets the item appended.
 * Returns the names that are missing instead of a prompt where a required one is.
 */
export function render(template: Template, lookup: Lookup): Prompt | { missing: string[] } {
  const missing = new Set<string>()
  const texts = template.pieces.map((piece) => {
    if ('text' in piece) return piece.text
    const value = lookup(piece.variable)
    if (value === undefined && !piece.optional) missing.add(piece.variable)
    return value ?? ''
  })
  if (missing.size > 0) return { missing: [...missing] }
  if (template.names.length > 0) {
    return { prompt: texts.join(''), shared: texts.slice(0, template.sharedPieces).join('').length }
  }
  const instructions = `${texts.join('').trimEnd()}\n\n`
  return { prompt: `${instructions}${lookup('item') ?? lookup('input') ?? ''}\n`, shared: instructions.length }
}

function unique(names: string[]): string[] {
  return [...new Set(names)]
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/[:.]$/, '').replace(/ at line \d+, column \d+$/, '')
}
