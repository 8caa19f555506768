/** Which parts of a prompt came from the item, and which stand in the template: found by the template's own text, for people to see. */
import type { Template } from './template.ts'

export interface PromptPart {
  text: string
  /** The variable that it came from; null: it stands in the template. */
  from: string | null
}

type Piece = { text: string } | { name: string }

/**
 * The prompt in parts; joined they are the prompt. Null if it does not fit the template. Where the item's text repeats the template's, the
 * first place is taken.
 */
export function promptParts(prompt: string, template: Template): PromptPart[] | null {
  const pieces = piecesOf(prompt, template)
  const parts: PromptPart[] = []
  let at = 0
  for (const [nth, piece] of pieces.entries()) {
    if ('text' in piece) {
      if (!prompt.startsWith(piece.text, at)) return null
      at = push(parts, { prompt, from: at, to: at + piece.text.length, name: null })
      continue
    }
    const next = pieces[nth + 1]
    // The last text ends the prompt, so that what stands before it is the item's.
    const isLast = nth + 2 >= pieces.length
    const end = endOf(prompt, { at, isLast, text: next !== undefined && 'text' in next ? next.text : '' })
    if (end < at) return null
    at = push(parts, { prompt, from: at, to: end, name: piece.name })
  }
  return at === prompt.length ? parts : null
}

function endOf(prompt: string, { at, isLast, text }: { at: number; isLast: boolean; text: string }): number {
  if (!isLast) return prompt.indexOf(text, at)
  return prompt.endsWith(text) ? prompt.length - text.length : -1
}

function push(
  parts: PromptPart[],
  { prompt, from, to, name }: { prompt: string; from: number; to: number; name: string | null },
): number {
  if (to > from) parts.push({ text: prompt.slice(from, to), from: name })
  return to
}

/** Texts and variables in turns: what stands beside each other is one. */
function piecesOf(prompt: string, { pieces }: Template): Piece[] {
  const found: Piece[] = []
  for (const piece of pieces.map((one) => pieceOf(prompt, one))) {
    const last = found.at(-1)
    if (last !== undefined && 'text' in last && 'text' in piece) last.text += piece.text
    else if (last !== undefined && 'name' in last && 'name' in piece) last.name += `, ${piece.name}`
    else found.push({ ...piece })
  }
  return found.some((piece) => 'name' in piece) ? found : withItem(found)
}

function pieceOf(prompt: string, piece: Template['pieces'][number]): Piece {
  // UTF-8 has no lone surrogates: in the prompt they are others.
  if ('text' in piece) return { text: piece.text.toWellFormed() }
  if ('variable' in piece) return { name: piece.variable }
  const { gap, isDoubled } = piece
  if (!isDoubled) return prompt.includes(`{${gap}}`) ? { text: `{${gap}}` } : { name: gap.replace(/\?$/, '') }
  return { text: prompt.includes(`{{${gap}}}`) ? `{{${gap}}}` : `{${gap}}` }
}

/** A template without variables gets the item behind it. */
function withItem(texts: readonly Piece[]): Piece[] {
  const text = texts.map((piece) => ('text' in piece ? piece.text : '')).join('')
  return [{ text: `${text.trimEnd()}\n\n` }, { name: 'item' }, { text: '\n' }]
}
