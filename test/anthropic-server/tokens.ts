/** How the server counts tokens. */
import { promptOf, textOf } from './answer.ts'
import type { MessageRequest } from './check-request.ts'

/** Tokens of a text. */
export type Tokenizer = (text: string) => number

/** About as the new tokenizer counts prose. */
export const evenTokens: Tokenizer = (text) => Math.ceil(text.length / 3.5)

/** No fixed share of the characters: a token for each digit and sign, and one for each five letters of a word that are begun. */
export const unevenTokens: Tokenizer = (text) => {
  let tokens = 0
  for (const [part] of text.matchAll(/\p{L}+|\S/gu)) tokens += Math.ceil(part.length / 5)
  return tokens
}

/** Every request has a few tokens of its own, a schema many. */
export function inputTokens(request: MessageRequest, tokensIn: Tokenizer): number {
  const others = request.messages.filter(({ role }) => role !== 'user')
  const texts = [promptOf(request), textOf(request.system), ...others.map(({ content }) => textOf(content))]
  return texts.reduce((sum, text) => sum + tokensIn(text), 8) + schemaTokens(request, tokensIn)
}

export function schemaTokens({ output_config }: MessageRequest, tokensIn: Tokenizer): number {
  return output_config?.format === undefined ? 0 : 40 + tokensIn(JSON.stringify(output_config.format))
}
