/** `itemwise approve` as it is called. */
import { command } from './command.ts'
import { saying } from './options.ts'

export const approve = command({
  usage: 'approve <pipeline> [ids...]',
  does: 'approve answers',
  example: 'itemwise approve problem_generator_module_4 4001 4003 --by Maria',
  options: [...saying],
  load: async () => (await import('../approve.ts')).approve,
})
