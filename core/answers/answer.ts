/** Finds the JSON answer in what a model wrote. */

import { type Json, parseJson } from '../text/json.ts'
import { firstFence } from './code-fence.ts'
import { valueInProse } from './value-in-prose.ts'

export type FoundAnswer = { answer: Json } | { unusable: 'empty_answer' | 'invalid_json'; reason: string }

/**
 * The whole text, or what stands in the code fence that is the whole text, or the one object or array that prose surrounds.
 * A scalar only as the whole text. null and an empty text are unusable, and so is whatever may be a piece of a broken value.
 */
export function findAnswer(text: string): FoundAnswer {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (trimmed === '') return { unusable: 'empty_answer', reason: 'The answer is empty. Expected a JSON value.' }
  const found = parsed(trimmed) ?? parsed(inWholeFence(trimmed)) ?? valueInProse(trimmed)
  if ('none' in found)
    return { unusable: 'invalid_json', reason: `The answer is not JSON: ${found.none ?? whyNot(trimmed)}.` }
  if (found.value === null)
    return { unusable: 'empty_answer', reason: 'The answer is null. Expected a JSON value with content.' }
  if (isTooDeep(trimmed, found.value)) {
    return { unusable: 'invalid_json', reason: `The answer is nested more than ${deepest} levels deep.` }
  }
  return { answer: found.value }
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

/** Only here a scalar counts too: in a fence that prose surrounds it may be anything. */
function inWholeFence(text: string): string | undefined {
  const fence = firstFence(text)
  return fence?.start === 0 && fence.end === text.length ? fence.content : undefined
}

function whyNot(text: string): string {
  try {
    parseJson(inWholeFence(text) ?? text)
    return 'it holds more than one value'
  } catch (error) {
    return withWholeCharacters((error as Error).message.replace(/\.$/, ''), text)
  }
}

/** V8 names the half of a surrogate pair that it stumbled over, and what it quotes may begin and end in one. */
function withWholeCharacters(message: string, text: string): string {
  return message
    .replace(/(?<=token ')[\ud800-\udbff](?=')/, (half) =>
      String.fromCodePoint(text.codePointAt(text.indexOf(half)) ?? 0),
    )
    .replace(/\p{Surrogate}/gu, '')
}
