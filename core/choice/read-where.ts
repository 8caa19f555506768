/** Reads an expression as a person has written it. */
import { RequestRefused } from '../errors.ts'
import { Where, WhereInvalid } from './where.ts'

/** Reads an expression. Throws RequestRefused; `what` is how a person has written it, such as --where. */
export async function readWhere(text: string, what: string): Promise<Where> {
  try {
    return await Where.compile(text)
  } catch (error) {
    if (!(error instanceof WhereInvalid)) throw error
    throw new RequestRefused([`${what} \`${text}\` ${error.message}.`], { cause: error })
  }
}
