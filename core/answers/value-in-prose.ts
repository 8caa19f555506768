/** Finds the one JSON object or array within prose. Finds none if there is any doubt which value is meant or whether it is whole. */

import { type Json, parseJson } from '../text/json.ts'
import { firstFence } from './code-fence.ts'

export type Surrounded =
  | { value: Json }
  /** Why there is none, as the end of a sentence; null if the text's own mistake as JSON says it better. */
  | { none: string | null }

const none: Surrounded = { none: null }
const several: Surrounded = { none: 'it holds more than one value' }
const example: Surrounded = { none: 'its only value is introduced as an example' }

/**
 * Takes a value only if everything around it is prose: no second value or fence, no bracket that opens like JSON or closes what
 * was never opened, no key in front of it, and no word that makes it an example.
 */
export function valueInProse(text: string): Surrounded {
  const place = placeOfFence(text) ?? firstValue(text)
  if (place === null) return none
  const [before, after] = [text.slice(0, place.start), text.slice(place.end)]
  if (!isProse(before)) return none
  if (!isProse(after)) return hasValue(after) ? several : none
  if (keyBefore.test(before) || elementAfter.test(after)) return none
  return isExample(before, after) ? example : { value: place.value }
}

interface Place {
  value: Json
  /** Where it begins, its fence included, and the place after it. */
  start: number
  end: number
}

/** Null: there is a fence, but not one that holds an object or an array. Undefined: there is no fence. */
function placeOfFence(text: string): Place | null | undefined {
  const fence = firstFence(text)
  if (fence === undefined) return undefined
  const value = objectOrArray(fence.content)
  return value === undefined ? null : { value, start: fence.start, end: fence.end }
}

function firstValue(text: string): Place | null {
  for (const { start, end } of brackets(text)) {
    if (proseBracket(text, start) > 0) continue
    const value = end === -1 ? undefined : objectOrArray(text.slice(start, end))
    return value === undefined ? null : { value, start, end }
  }
  return null
}

function hasValue(text: string): boolean {
  return (placeOfFence(text) ?? firstValue(text)) !== null
}

/** A key without its object, and a further element without its array: the value between them is a piece of a broken one. */
const keyBefore = /["']\s*:\s*$/
const elementAfter = /^\s*,\s*["'\d[{-]/

/** Whether a text beside a value holds nothing that could belong to JSON, nor another fence. */
function isProse(text: string): boolean {
  if (text.includes('```')) return false
  let last = 0
  for (const { start } of brackets(text)) {
    const length = proseBracket(text, start)
    if (length === 0 || /[\]}]/.test(text.slice(last, start))) return false
    last = start + length
  }
  return !/[\]}]/.test(text.slice(last))
}

/** The outermost brackets of a text: where each opens and the place behind where it closes, or -1. */
function* brackets(text: string): Generator<{ start: number; end: number }> {
  const opening = /[[{]/g
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const start = match.index
    const length = proseBracket(text, start)
    const end = length > 0 ? start + length : closingBracket(text, start)
    yield { start, end }
    if (end === -1) return
    opening.lastIndex = end
  }
}

// `[below]`, `{x | x > 0}`, `[0, 1)`: nothing that JSON is made of but a word, or an interval that no array ends like.
const wordInBrackets = /\[(?!(?:true|false|null)\s*\])\p{L}[^[\]{}"',:;\n]*\]|\{\p{L}[^[\]{}"',:;\n]*\}/uy
const halfOpenInterval = /\[\s*[-+]?[\d.]+\s*[,;]\s*(?:[-+]?[\d.]+|[-+]?∞)\s*\)/uy

/** How long the bracket that opens here is, if it is one of prose; else 0. */
function proseBracket(text: string, start: number): number {
  for (const pattern of [wordInBrackets, halfOpenInterval]) {
    pattern.lastIndex = start
    const found = pattern.exec(text)
    if (found !== null) return found[0].length
  }
  return 0
}

/** Where the bracket at `start` closes (the place behind it), or -1. */
function closingBracket(text: string, start: number): number {
  let depth = 0
  let inText = false
  for (let at = start; at < text.length; at++) {
    const letter = text[at]
    if (inText) {
      if (letter === '\\') at++
      else if (letter === '"') inText = false
    } else if (letter === '"') inText = true
    else if (letter === '{' || letter === '[') depth++
    else if ((letter === '}' || letter === ']') && --depth === 0) return at + 1
  }
  return -1
}

function objectOrArray(text: string): Json | undefined {
  // A number that is kept exactly is an object to JavaScript.
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/**
 * Words that make the value after them an example, in the languages that models answer in most. One pattern too many costs a second
 * ask; one too few gives a wrong answer. Words that mean something else as well count only right before the value.
 */
const introductions = [
  /(?<!\p{L})(?:examples?|for instance|hypothetical\p{L}*|placeholders?|illustrat\p{L}+)(?!\p{L})/iu,
  /(?<!\p{L})sample (?:answer|response|output|reply|json|object|value)s?(?!\p{L})/iu,
  /(?<!\p{L})(?:e\. ?g\.|such as|like (?:this|so|these)|looks? like)[^.!?]{0,15}$/iu,
  /(?<!\p{L})(?:would|could|might|may) (?:be|look)(?!\p{L})[^.!?]{0,30}\P{L}*$/iu,
  /(?<!\p{L})(?:beispiel\p{L}*|z\. ?b\.|etwa so|exemples?|ejemplos?|exemplos?|esemp(?:io|i)|voorbeeld\p{L}*)(?!\p{L})/iu,
  /(?<!\p{L})(?:bijvoorbeeld|przykład\p{L}*|örne[kğ]\p{L}*)(?!\p{L})/iu,
  /пример|例|比如|예를 들|예시|उदाहरण|مثال/iu,
]

/** `This is only an example.`, about the value that follows. */
const comment =
  /(?<!\p{L})(?:is|are|was|were|ist|sind|est|es|è|é)(?!\p{L})[^.!?\n]{0,25}(?:examples?|illustration|placeholder|hypothetical|beispiel|exemple|ejemplo|exemplo|esempio)/iu

/** Only the sentence that introduces the value and the one that comments on it: an example earlier in a long reasoning does not count. */
function isExample(before: string, after: string): boolean {
  const leadIn =
    before
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  // One letter before the stop is an abbreviation: z. B.
  const lastSentence = leadIn.split(/(?<=[\p{L}\d)]{2}[.!?])\s+(?=\p{Lu})/u).at(-1) ?? ''
  const firstSentence = after.trimStart().split(/[.!?\n]/, 1)[0] ?? ''
  return introductions.some((words) => words.test(lastSentence)) || comment.test(firstSentence)
}
