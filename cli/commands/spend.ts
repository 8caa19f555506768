/** `itemwise spend` as it is called. */
import { choice, command } from './command.ts'
import { place } from './options.ts'

export const spend = command({
  usage: 'spend',
  does: 'show what was spent, by month, pipeline, label or model',
  example: 'itemwise spend --by pipeline',
  options: [
    ...place,
    choice('--by <view>', 'how to sum up (default: month)', ['month', 'pipeline', 'label', 'model', 'delivery']),
  ],
  load: async () => (await import('../spend.ts')).spend,
})
