/** `itemwise estimate` as it is called. */
import { command } from './command.ts'
import { place, selection } from './options.ts'

export const estimate = command({
  usage: 'estimate [request]',
  does: 'estimate the requests, tokens and cost of a run',
  example: 'itemwise estimate pipelines/problems.yaml --only 4001 4002',
  options: [...selection, ...place],
  load: async () => (await import('../estimate.ts')).estimate,
})
