/**
 * What an execution of the state machine is started with: a run's input as it is (start-input.ts), or that with who started it. An
 * input that is longer than an execution takes lies in the bucket, and the execution has its hash.
 */
import * as z from 'zod'
import { type Caller, caller } from '../documents.ts'
import { FileMissing, RequestRefused } from '../errors.ts'
import type { Store } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { isObject, jsonText } from '../text/json.ts'
import { sortedJson } from '../text/sorted-json.ts'
import { readText } from '../versions/version-documents.ts'

/** Bytes of UTF-8 that an execution's input may have: Step Functions' 262,144 for what a state is given, with room for what else `open` gets. */
export const mostInlineBytes = 260_000

/** The longest input: a million ids of 30 characters. `open` holds it in memory, several times over. */
export const mostInputBytes = 32_000_000

const wrapped = z.strictObject({
  started_by: caller.nullable(),
  /** The input, or the hash of one that lies in the bucket. */
  input: z.unknown().optional(),
  input_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})

/** The input's hash: that of its JSON with sorted fields, so that it is the same for what means the same. */
export function inputHash(input: unknown): string {
  return sha256(sortedJson(JSON.parse(jsonText(input))))
}

/** The text for an execution. A long input is written into the bucket first. Throws RequestRefused for one that is too long, StoreUnwritable. */
export async function executionInput(
  files: Pick<Store, 'write'>,
  input: unknown,
  started_by: Caller | null,
): Promise<string> {
  const short = jsonText(started_by === null ? input : { started_by, input })
  if (Buffer.byteLength(short) <= mostInlineBytes) return short
  const text = jsonText(input)
  refuseLong(text)
  const input_sha256 = inputHash(input)
  await files.write(pathOf(input_sha256), text)
  return jsonText({ started_by, input_sha256 })
}

function refuseLong(text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes <= mostInputBytes) return
  throw new RequestRefused([
    `The request has ${bytes} bytes. Expected ${mostInputBytes} at most. Name fewer ids, or leave them out and use failed, changed or an input file of these items only.`,
  ])
}

/** The hash of the input that an execution was started with, whatever its form. */
export function hashOfReceived(received: unknown): string {
  const { input, input_sha256 } = unwrapped(received)
  return input_sha256 ?? inputHash(input)
}

/** The run's input and who started it. Throws RequestRefused if it is neither there nor in the bucket. */
export async function receivedInput(
  store: Pick<Store, 'read'>,
  received: unknown,
): Promise<{ input: unknown; startedBy: Caller | null }> {
  const { input, input_sha256, started_by } = unwrapped(received)
  if (input_sha256 === undefined) return { input, startedBy: started_by }
  return { input: await storedInput(store, input_sha256), startedBy: started_by }
}

function unwrapped(received: unknown): z.output<typeof wrapped> {
  if (!isObject(received) || !('started_by' in received)) return { started_by: null, input: received }
  const { success, data } = wrapped.safeParse(received)
  if (success && (data.input === undefined) !== (data.input_sha256 === undefined)) return data
  throw new RequestRefused([
    'The input has a started_by, but not the form that the API and the command line give it. Leave started_by out: it is written by them.',
  ])
}

async function storedInput(store: Pick<Store, 'read'>, hash: string): Promise<unknown> {
  const path = pathOf(hash)
  const text = await readText(store, path).catch((error) => {
    if (error instanceof FileMissing) return undefined
    throw error
  })
  const input = text === undefined ? undefined : JSON.parse(text)
  if (input !== undefined && inputHash(input) === hash) return input
  throw new RequestRefused([
    `${path}, which holds the request, is ${text === undefined ? 'missing' : 'not what was sent'}. Start the run again: it is written anew.`,
  ])
}

/** Beside the pipelines' folders, where no pipeline can be. */
function pathOf(hash: string): string {
  return `outputs/_inputs/${hash}.json`
}
