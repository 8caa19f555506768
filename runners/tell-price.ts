/** Says before a version of edits begins what it puts in place, what later steps ask for, and what that is likely to cost. */
import { unpricedText } from '../core/estimate/estimate.ts'
import type { ForeseenRun } from '../core/estimate/foreseen-prompts.ts'
import { dollars } from '../core/money/budget.ts'
import type { Prospect } from '../core/request/prospect.ts'
import type { Report } from '../core/run-events.ts'
import { someOf } from '../core/text/nearest.ts'
import { type EstimateTools, estimateProspect } from './estimate-run.ts'

export async function tellPrice(
  tools: EstimateTools & { report: Report },
  prospect: Prospect,
  prompts: ForeseenRun,
): Promise<void> {
  const { edits } = prospect
  const ids = [...new Set(edits.map(({ root_id }) => root_id))]
  const answers = edits.length === 1 ? '1 edited answer goes' : `${edits.length} edited answers go`
  const text = `${answers} into ${prospect.run.base_version}: ${someOf(ids)}. ${await laterText(tools, prospect, prompts)}`
  tools.report({ type: 'message', level: 'info', text })
}

async function laterText(tools: EstimateTools, prospect: Prospect, prompts: ForeseenRun): Promise<string> {
  const { forecast, run } = prospect
  const asked = forecast.steps.filter(({ process }) => process > 0)
  const requests = asked.reduce((sum, { process }) => sum + process, 0)
  if (requests === 0) return 'Nothing is asked for.'
  const where =
    asked.length === 1 ? `Step ${asked[0]?.step} asks` : `Steps ${asked.map(({ step }) => step).join(', ')} ask`
  const text = `${where} again for what is made from ${prospect.edits.length === 1 ? 'it' : 'them'}: ${requests} ${requests === 1 ? 'request' : 'requests'}`
  if (run.stand_in) return `${text}, made up offline.`
  const unpriced = unpricedText(prospect, tools.provider)
  if (unpriced !== undefined) return `${text}. ${unpriced}`
  const { cost_usd, incomplete } = await estimateProspect(tools, prospect, prompts)
  const more = incomplete || forecast.unknown.length > 0 ? ', and more for steps whose requests are not known yet' : ''
  return `${text}, about ${dollars(cost_usd.likely)}${more}.`
}
