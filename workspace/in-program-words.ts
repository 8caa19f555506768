/** What is refused, in the words of a program: options are called by their names there. Whole commands stay as they are typed. */
import { RequestRefused } from '../core/errors.ts'

/** Hands on what comes of it. */
export async function inProgramWords<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: unknown) => {
    if (!(error instanceof RequestRefused)) throw error
    throw new RequestRefused(error.problems.map(withoutDashes), { cause: error })
  })
}

function withoutDashes(text: string): string {
  return text.replace(/`[^`]*`|--([a-z]+)/g, (found, name?: string) => name ?? found)
}
