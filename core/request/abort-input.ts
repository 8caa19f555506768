/** What ends a version once more that has failed, so that its message batches are cancelled. The API and the command line start it. */
import * as z from 'zod'
import { RequestRefused } from '../errors.ts'
import type { VersionRef } from '../store.ts'
import { describeIssues } from '../text/issues.ts'
import { isObject } from '../text/json.ts'

const abortInput = z.strictObject({
  abort: z.strictObject({ pipeline: z.string().min(1), version: z.string().min(1) }),
})

/** The version that an execution's input wants to be ended; null if the input starts a run. Throws RequestRefused. */
export function abortOf(input: unknown): VersionRef | null {
  if (!isObject(input) || !('abort' in input)) return null
  const { success, data, error } = abortInput.safeParse(input, { reportInput: true })
  if (!success) throw new RequestRefused(describeIssues(error, abortInput, 'The input'))
  return data.abort
}
