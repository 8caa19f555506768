/** Finds the JSON answer in what a model wrote. */
import { isExactNumber, type Json, parseJson } from './json.ts'

export type Found = { answer: Json } | { unusable: 'empty_answer' | 'invalid_json'; reason: string }

/**
 * The whole text, or what stands in its code fence, or the one object or array that prose surrounds.
 * A scalar only as the whole text. null and an empty text are unusable.
 */
export function findAnswer(text: string): Found {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (trimmed === '') return { unusable: 'empty_answer', reason: 'The answer is empty. Expected a JSON value.' }
  const whole = parsed(trimmed) ?? inFence(trimmed) ?? onlyValueIn(trimmed)
  if (whole === undefined) return { unusable: 'invalid_json', reason: `The answer is not JSON: ${whyNot(trimmed)}.` }
  if (whole.value === null)
    return { unusable: 'empty_answer', reason: 'The answer is null. Expected a JSON value with content.' }
  if (isTooDeep(trimmed, whole.value)) {
    return { unusable: 'invalid_json', reason: `The answer is nested more than ${deepest} levels deep.` }
  }
  return { answer: whole.value }
}

/** JSON.parse takes any depth, but JSON.stringify runs out of stack at some thousands. */
const deepest = 500

function isTooDeep(text: string, value: Json): boolean {
  return (text.match(/[[{]/g)?.length ?? 0) > deepest && isDeeperThan(value, deepest)
}

function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1))
}

function parsed(text: string | undefined): { value: Json } | undefined {
  if (text === undefined) return undefined
  try {
    return { value: parseJson(text) }
  } catch {
    return undefined
  }
}

/** A scalar counts only where the fence is the whole text: in prose it may be an example. */
function inFence(text: string): { value: Json } | undefined {
  const found = parsed(fenced(text))
  const isWhole = text.startsWith('```') && text.endsWith('```')
  return isWhole || (typeof found?.value === 'object' && found.value !== null && !isExactNumber(found.value))
    ? found
    : undefined
}

function fenced(text: string): string | undefined {
  const fences = [...text.matchAll(/```[A-Za-z0-9]*[ \t]*\r?\n([\s\S]*?)\r?\n[ \t]*```/g)]
  return fences.length === 1 ? fences[0]?.[1] : undefined
}

/** The object or array in prose; undefined where there is none or more than one, as it would be a guess which is meant. */
function onlyValueIn(text: string): { value: Json } | undefined {
  const found: { value: Json }[] = []
  let at = 0
  // Each open bracket costs a look to the end; a text of nothing but brackets must not cost more than a few hundred.
  for (let looks = 0; looks < 300 && at < text.length && found.length < 2; looks++) {
    const start = text.slice(at).search(/[[{]/)
    if (start === -1) break
    const end = closingBracket(text, at + start)
    const value = end === -1 ? undefined : parsed(text.slice(at + start, end))
    if (value !== undefined) found.push(value)
    // What stands inside a broken value is a piece of the answer, not the answer.
    if (end === -1 && opensValue.test(text.slice(at + start))) return undefined
    at = end === -1 ? at + start + 1 : end
  }
  return found.length === 1 ? found[0] : undefined
}

// A bracket of JSON or of a JavaScript value, rather than of prose such as `[0, 1)`.
const opensValue = /^(\{\s*(["']|\w+\s*:)|\[\s*["'{[])/

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

function whyNot(text: string): string {
  try {
    parseJson(fenced(text) ?? text)
    return 'more than one value'
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '')
  }
}
