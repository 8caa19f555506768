/** What to tell a person when AWS refuses a request. */
import { StoreUnreadable, StoreUnwritable } from '../../core/errors.ts'

interface AwsError extends Error {
  code?: string
  $metadata?: { httpStatusCode?: number; attempts?: number }
}

type AwsProblem = [what: string, remedy: string]

const toResume = 'then continue with `itemwise resume`.'

const denied: AwsProblem = ['access is denied', 'Have the permission given to this role or user']
const busy: AwsProblem = ['AWS asks to slow down, and did so until the attempts were used up', 'Wait a minute']
const credentials: AwsProblem = [
  'the AWS credentials are missing, wrong or expired',
  'Sign in again, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
]
const unreachable: AwsProblem = ['AWS cannot be reached', 'Check the network, the region and AWS_ENDPOINT_URL']
const broken: AwsProblem = ['AWS reports an error of its own', 'Wait a minute']

const awsProblems: Record<string, AwsProblem> = {
  AccessDenied: denied,
  AccessDeniedException: denied,
  Forbidden: denied,
  SlowDown: busy,
  ServiceUnavailable: busy,
  ThrottlingException: busy,
  Throttling: busy,
  RequestLimitExceeded: busy,
  ProvisionedThroughputExceededException: busy,
  InternalError: broken,
  InternalServerError: broken,
  NoSuchBucket: ['the bucket is not there', 'Deploy the stack, or name the right one'],
  ResourceNotFoundException: ['the table is not there', 'Deploy the stack, or name the right one'],
  KeyTooLongError: ['the name is longer than S3 takes', 'Choose a shorter name'],
  CredentialsProviderError: credentials,
  ExpiredToken: credentials,
  ExpiredTokenException: credentials,
  InvalidAccessKeyId: credentials,
  SignatureDoesNotMatch: credentials,
  UnrecognizedClientException: credentials,
  InvalidSignatureException: credentials,
  TimeoutError: unreachable,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EPIPE: unreachable,
  ETIMEDOUT: unreachable,
}

/** Runs requests that write, and turns what AWS refuses into StoreUnwritable. `path` names the place in it. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const sentence = sentenceOf(error)
    if (sentence === undefined) throw error
    const { what, remedy } = sentence
    throw new StoreUnwritable(`Cannot write ${path}: ${what}. What was kept before is safe. ${remedy}, ${toResume}`, {
      cause: error,
    })
  }
}

/** The same for what a person asked for that is no run: whoever was refused does it again. */
export async function tryingAgain<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof StoreUnwritable)) throw error
    throw new StoreUnwritable(error.message.replace(toResume, 'then try again.'), { cause: error.cause })
  }
}

/** The same for requests that read: StoreUnreadable. */
export async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw unreadable(error, path)
  }
}

export function unreadable(error: unknown, path: string): unknown {
  const sentence = sentenceOf(error)
  if (sentence === undefined) return error
  const { what, remedy } = sentence
  return new StoreUnreadable(`Cannot read ${path}: ${what}. ${remedy}, then try again.`, { cause: error })
}

/** What happened and what to do; undefined unless the error comes from AWS or the network. */
function sentenceOf(error: unknown): { what: string; remedy: string } | undefined {
  if (!(error instanceof Error)) return undefined
  const { name, code = '', message, $metadata } = error as AwsError
  const status = $metadata?.httpStatusCode
  // For network errors the code says more than the name that the SDK gives them.
  const word = [code, name].find((known) => known in awsProblems) ?? `HTTP ${status}`
  const known = awsProblems[word] ?? ofStatus(status)
  if (known !== undefined) return { what: `${known[0]} (${word})`, remedy: known[1] }
  if ($metadata === undefined) return undefined
  return { what: `AWS refuses it (${name}: ${message})`, remedy: 'Remove the cause' }
}

/** HEAD requests have no body, so their errors have no name. */
function ofStatus(status: number | undefined): AwsProblem | undefined {
  if (status === 403) return denied
  if (status === 503 || status === 429) return busy
  return status !== undefined && status >= 500 ? broken : undefined
}

/** Whether S3 says that there is no such object. */
export function isMissing(error: unknown): boolean {
  const name = error instanceof Error ? error.name : ''
  return name === 'NoSuchKey' || name === 'NotFound'
}

/** Whether a range begins behind the object's end. */
export function isBeyondEnd(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidRange'
}

/** Whether the table refused a change because its condition did not hold. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException'
}
