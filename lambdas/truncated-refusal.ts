/** How much a refusal may say: Step Functions takes 32,768 characters of a cause, in which a Lambda's message stands twice. */
import { RequestRefused } from '../core/errors.ts'
import { shorten } from '../core/text/shorten.ts'

const mostCharacters = 12_000

/** The refusal with as many of its problems as there is room for, and how many more there are; any other error as it is. */
export function truncatedRefusal(error: unknown): unknown {
  if (!(error instanceof RequestRefused) || error.message.length <= mostCharacters) return error
  const said: string[] = []
  let room = mostCharacters
  for (const problem of error.problems) {
    room -= problem.length
    if (room < 0) break
    said.push(problem)
  }
  if (said.length === 0) said.push(shorten(error.problems[0] ?? '', mostCharacters, ' …'))
  const more = error.problems.length - said.length
  if (more > 0)
    said.push(`${more} more problem${more === 1 ? '' : 's'}. \`itemwise run … --dry-run --target aws\` shows them all.`)
  return new RequestRefused(said, { cause: error })
}
