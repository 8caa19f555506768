/** `itemwise run` as it is called. */
import { command, option } from './command.ts'
import { asking, beforehand, detach, halfPrice, labels, notify, place, selection } from './options.ts'

/** How `itemwise serve` starts its runs. */
const startedByServe = { ...option('--run-id <id>', ''), hidden: true }

export const run = command({
  usage: 'run [request]',
  does: 'run a pipeline from a request file',
  example: 'itemwise run pipelines/problems.yaml --status beta --only 4001 4002',
  options: [...selection, ...labels, ...asking, ...halfPrice, ...beforehand, startedByServe, notify, detach, ...place],
  load: async () => (await import('../run.ts')).run,
})
