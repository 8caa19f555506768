/** The token of the server: given by ITEMWISE_TOKEN, or made up for as long as the server runs. */
import { randomBytes } from 'node:crypto'
import { RequestRefused } from '../../core/errors.ts'

const fewestCharacters = 16

export interface Token {
  token: string
  /** Whether it was made up, so that a person has to be told. */
  isNew: boolean
}

/** Throws RequestRefused for a token that could be guessed, or could not be sent in a header. */
export function tokenIn({ ITEMWISE_TOKEN: given = '' }: Record<string, string | undefined>): Token {
  if (given === '') return { token: randomBytes(32).toString('base64url'), isNew: true }
  if (given.length >= fewestCharacters && /^[!-~]+$/.test(given)) return { token: given, isNew: false }
  throw new RequestRefused([
    `ITEMWISE_TOKEN cannot be used as a token. Expected ${fewestCharacters} characters or more, without spaces and of ASCII only, such as \`openssl rand -hex 32\` prints. If it is unset, a token is generated.`,
  ])
}
