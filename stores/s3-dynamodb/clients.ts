/** The AWS clients of a store, of the endpoint and credentials that the environment names, and of its region if no other is given. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { CloudClients } from './options.ts'
import { patientStrategy } from './patience.ts'

/**
 * Only the SDK retries. 8 attempts wait up to 0.05+0.1+0.2+0.4+0.8+1.6+3.2 = 6.4 s: a person waits for the answer. The mode is
 * `standard`: `adaptive` would slow every item of the process down for one that was throttled.
 */
const retries = { maxAttempts: 8, retryMode: 'standard' } as const

/** 40 items in parallel have their prompt and their answer under way at once: 80, and the parts of a large file. */
const s3Sockets = 128
/** An item reserves and settles, one after the other. */
const tableSockets = 64

/** A small request takes 20 ms; after this long no reply will come. A body that is being read is not cut off. */
const requestTimeoutMs = 30_000
const connectionTimeoutMs = 3_000
/** No data for this long means that the connection is dead or the reader slow. Either way reading continues on a new connection. */
const idleTimeoutMs = 60_000

const made = new Map<string, CloudClients>()

/**
 * Clients with what a run needs: retries, time-outs, and enough sockets for a chunk. A process has one pair for each place that
 * its environment names: a Lambda opens a store a call, and the connections of the call before are still open.
 */
export function defaultClients(region?: string): CloudClients {
  return clientsOf(retries, region)
}

/** The same for a stage on AWS, where nobody waits and what is lost has been paid for: they ride out a minute of errors. */
export function patientClients(): CloudClients {
  return clientsOf({ retryStrategy: patientStrategy })
}

type Retries = typeof retries | { retryStrategy: typeof patientStrategy }

function clientsOf(retrying: Retries, region?: string): CloudClients {
  const { AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL } = process.env
  const named = [AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, s3Endpoint()]
  const key = [...Object.keys(retrying), ...named, region].join(' ')
  const clients = made.get(key) ?? newClients({ ...retrying, ...(region !== undefined && { region }) })
  made.set(key, clients)
  return clients
}

function newClients(settings: Retries & { region?: string }): CloudClients {
  const s3 = new S3Client({ ...settings, forcePathStyle: endpointIsAddress(), requestHandler: handler(s3Sockets) })
  const db = new DynamoDBClient({ ...settings, requestHandler: handler(tableSockets) })
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
