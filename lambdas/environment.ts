/** What a Lambda takes from its environment, read once when it starts. */

import { Logger } from '@aws-lambda-powertools/logger'
import type { Context } from 'aws-lambda'
import type { RunClock } from '../core/stages/final-record.ts'
import { patientClients } from '../stores/s3-dynamodb/clients.ts'
import { type CloudOptions, CloudStore } from '../stores/s3-dynamodb.ts'
import type { RunPointer } from './events.ts'
import { annotate } from './trace.ts'

export interface Environment {
  bucket: string
  table: string
}

let environment: Environment | undefined

/** Bucket and table. Throws if the stack did not set them. */
function place(): Environment {
  environment ??= { bucket: variable('BUCKET'), table: variable('TABLE') }
  return environment
}

/** A variable that the stack sets. */
export function variable(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new Error(`The environment lacks ${name}. The stack sets it: deploy it again with \`npx cdk deploy\`.`)
}

/** The store of the stack, for a stage. */
export function openStore(options: Pick<CloudOptions, 'execution' | 'writer'> = {}): CloudStore {
  return new CloudStore(place(), { clients: patientClients(), ...options })
}

/** The same for a request, which has to be answered within seconds. */
export function openStoreForRequest(): CloudStore {
  return new CloudStore(place())
}

/** The store for a stage of a run, which writes under the run's epoch. */
export function storeOf({ pipeline, version, epoch }: RunPointer): CloudStore {
  return openStore({ writer: { ref: { pipeline, version }, epoch } })
}

/** The clock of a run on AWS. Its stages are separate processes, which share only the wall clock. */
export function clockOf({ started }: Pick<RunPointer, 'started'>): RunClock {
  return { workedMs: () => Date.now() - started, now: Date.now }
}

export const logger = new Logger()

/** What a call of a Lambda is told of itself. Its request id stands in Step Functions' history and in AWS's own lines of the log. */
export type Call = Pick<Context, 'awsRequestId'>

/** What a call is about. */
export interface About {
  run: Pick<RunPointer, 'run_id'> & Partial<RunPointer>
  step?: number
  batch?: number
}

/** Adds the run, and the request id of this call, to every log line from now on, and to the call's trace. */
export function logAbout({ run, step, batch }: About, call?: Call): void {
  const about = { run: run.run_id, pipeline: run.pipeline, version: run.version, step, batch }
  logger.resetKeys()
  logger.appendKeys({ ...about, function_request_id: call?.awsRequestId })
  annotate(about)
}
