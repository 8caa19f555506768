/** The AWS clients of a store, of the region, endpoint and credentials that the environment names. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { CloudClients } from './options.ts'

/**
 * The SDK tries again, nobody else. 8 attempts wait up to 0.1+0.2+0.4+0.8+1.6+3.2+6.4 = 12.7 s: S3 answers 503 for some
 * seconds while it splits a busy prefix, and what waits here has been paid for. The mode is `standard`: `adaptive` would
 * slow every item of the process down for one that was throttled.
 */
const retries = { maxAttempts: 8, retryMode: 'standard' } as const

/** 40 items in parallel have their prompt and their answer under way at once: 80, and the parts of a large file. */
const s3Sockets = 128
/** An item reserves and settles, one after the other. */
const tableSockets = 64

/** A small request takes 20 ms; what takes this long will not come any more. A body that is being read is not cut off. */
const requestTimeoutMs = 30_000
const connectionTimeoutMs = 3_000
/** Nothing comes for this long: the connection is dead, or the reader slow. Either way it is read on with a new one. */
const idleTimeoutMs = 60_000

const made = new Map<string, CloudClients>()

/**
 * Clients with what a run needs: retries, time-outs, and sockets enough for a chunk. A process has one pair for each place that
 * its environment names: a Lambda opens a store a call, and the connections of the call before are still open.
 */
export function defaultClients(): CloudClients {
  const { AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL } = process.env
  const named = [AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, s3Endpoint()]
  const key = named.join(' ')
  const clients = made.get(key) ?? newClients()
  made.set(key, clients)
  return clients
}

function newClients(): CloudClients {
  const s3 = new S3Client({ ...retries, forcePathStyle: endpointIsAddress(), requestHandler: handler(s3Sockets) })
  const db = new DynamoDBClient({ ...retries, requestHandler: handler(tableSockets) })
  return { s3, db: documentsOf(db) }
}

/** Fields that are undefined are left out of a record, as JSON leaves them out. */
export function documentsOf(db: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(db, { marshallOptions: { removeUndefinedValues: true } })
}

function handler(maxSockets: number) {
  const agent = { maxSockets, keepAlive: true }
  const timeouts = {
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    socketTimeout: idleTimeoutMs,
  }
  return { ...timeouts, throwOnRequestTimeout: true, httpAgent: agent, httpsAgent: agent }
}

/** A bucket has no host name of its own below an IP address, nor below localhost. */
function endpointIsAddress(): boolean {
  const endpoint = s3Endpoint()
  return endpoint !== undefined && /^(localhost|[\d.]+|\[.*\])$/.test(new URL(endpoint).hostname)
}

function s3Endpoint(): string | undefined {
  return process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL
}
