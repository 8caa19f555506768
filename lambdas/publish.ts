/** Lambda `publish`: the final record of the version, and `latest`. */
import type * as z from 'zod'
import type { Stats } from '../core/documents.ts'
import { publish } from '../core/stages/publish.ts'
import { type Call, clockOf, logAbout, logger, storeOf } from './environment.ts'
import { publishEvent, type publishResult } from './events.ts'

export async function handler(event: unknown, call?: Call): Promise<z.infer<typeof publishResult>> {
  const { run } = publishEvent.parse(event)
  logAbout({ run }, call)
  const { status, stats, duration_seconds } = await publish(storeOf(run), run, clockOf(run))
  const { failed, cost_usd } = stats as Stats
  logger.info('The version is completed.', { failed, cost_usd, duration_seconds })
  return { pipeline: run.pipeline, version: run.version, status, failed }
}
