/** Lambda `collate`: writes the array, the ledger and the errors of one step. */

import { collate } from '../core/stages/collate.ts'
import type { Collated } from '../core/stages/collation.ts'
import { type Call, logAbout, logger, storeOf } from './environment.ts'
import { stepEvent } from './events.ts'

export async function handler(event: unknown, call?: Call): Promise<Collated> {
  const { run, step } = stepEvent.parse(event)
  logAbout({ run, step }, call)
  const { answered, failed, skipped } = await collate(storeOf(run), run, { step })
  logger.info('The step is collated.', { answered, failed, skipped })
  return { answered, failed, skipped }
}
