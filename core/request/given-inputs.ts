/** Inputs that were converted before a run was started: the command line does it for a run on AWS. */
import * as z from 'zod'
import { convertedInput } from '../documents.ts'

export const givenInputs = z.record(
  z.string().regex(/^[1-9]\d*$/, 'the number of a step'),
  convertedInput.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in hex') }),
)

/** By the number of the step: what the input is, and the hash of its JSON lines, by which they are found. */
export type GivenInputs = z.infer<typeof givenInputs>
