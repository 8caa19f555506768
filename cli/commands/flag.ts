/** `itemwise flag` as it is called. */
import { command } from './command.ts'
import { saying } from './options.ts'

export const flag = command({
  usage: 'flag <pipeline> [ids...]',
  does: 'flag answers that are not good enough',
  example: 'itemwise flag problem_generator_module_4 4002 --comment "Too long"',
  options: [...saying],
  load: async () => (await import('../flag.ts')).flag,
})
