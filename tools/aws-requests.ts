/** How many requests a run makes of S3 and DynamoDB. test/stores/s3-dynamodb-requests.aws.test.ts counts them with a middleware of the SDK. */

import { windowOf } from '../stores/s3-dynamodb/group-commit.ts'

export type Requests = Partial<
  Record<'PutObject' | 'ListObjectsV2' | 'GetObject' | 'UpdateItem' | 'DeleteItem' | 'GetItem', number>
>

/** An item that is answered: the prompt, and the answer with its ledger line as metadata. */
export const requestsOfItem = { PutObject: 2 } satisfies Requests

/** A failure: the prompt, its entry and its reply. */
export const requestsOfFailure = { PutObject: 3 } satisfies Requests

/** Packed: answers and failures of a moment are one object, with their prompts. */
export const requestsOfGroup = { PutObject: 1 } satisfies Requests

/** The answers of a group, if so many calls are under way: the first one opens the window, and the others come in it. test/stores/group-commit.test.ts simulates it. */
export function answersOfGroup({ calls, answerSeconds }: { calls: number; answerSeconds: number }): number {
  return 1 + (calls * windowOf(answerSeconds * 1000)) / (answerSeconds * 1000)
}

/** A chunk in each thousand items that it touches: it is open, its part, and what is there. */
export const requestsOfShard = { PutObject: 2, ListObjectsV2: 1 } satisfies Requests

/** A call for a chunk, as keeping makes them: its lines of the plan; the first look at the table. */
export const requestsOfKeeper = { GetObject: 1, UpdateItem: 1 } satisfies Requests

/** Besides, stage `process` reads its request, the template, and the lines of the plan once more. */
export const requestsOfProcess = { GetObject: 3 } satisfies Requests

/** Before, its handler reads the request, to know whom to ask. */
export const requestsOfHandler = { GetObject: 1 } satisfies Requests

/** Packed, `collate` puts the answers and the prompts of a thousand items as an object each. */
export const requestsOfPacks = { PutObject: 2 } satisfies Requests

/** `collate`: a listing for a thousand items, and each part. */
export const requestsOfCollate = { ListObjectsV2: 1, GetObject: 1 } satisfies Requests

/** A beat. There is one each two seconds, and one at either end. */
export const requestsOfBeat = { UpdateItem: 1 } satisfies Requests
export const secondsBetweenBeats = 2

/** A claim of a chunk: it is taken and given back. Each two seconds it is renewed by one UpdateItem more. */
export const requestsOfClaim = { UpdateItem: 1, DeleteItem: 1 } satisfies Requests
export const secondsBetweenRenewals = 2

/** A worker takes its mark out of the counts when it ends, and out of the spend account if there is a limit. */
export const requestsOfLeaving = { UpdateItem: 1 } satisfies Requests

/** Of a writer that keeps answers: it looks at the table every two seconds, and each tenth time it signs. */
export const requestsOfLook = { GetItem: 1 } satisfies Requests
export const secondsBetweenLooks = 2
export const secondsBetweenSigns = 20
