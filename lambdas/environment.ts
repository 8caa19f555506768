/** What a Lambda takes from its environment, read once when it starts. */

import { Logger } from '@aws-lambda-powertools/logger'
import type { RunClock } from '../core/stages/final-record.ts'
import { patientClients } from '../stores/s3-dynamodb/clients.ts'
import { type CloudOptions, CloudStore } from '../stores/s3-dynamodb.ts'
import type { RunPointer } from './events.ts'

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

/** Adds the run to every log line from now on. */
export function logAbout(about: { run: RunPointer; step?: number; batch?: number }): void {
  const { run, step, batch } = about
  logger.resetKeys()
  logger.appendKeys({ run: run.run_id, pipeline: run.pipeline, version: run.version, step, batch })
}
