/** `itemwise spend` as it is called. */
import { spendViews } from '../../core/money/spend-report.ts'
import { choice, command } from './command.ts'
import { place } from './options.ts'

export const spend = command({
  usage: 'spend',
  does: 'show what was spent, by month, pipeline, label or model',
  example: 'itemwise spend --by pipeline',
  options: [...place, choice('--by <view>', 'month, pipeline, label or model (default: month)', spendViews)],
  load: async () => (await import('../spend.ts')).spend,
})
