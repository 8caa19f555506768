/** `itemwise clear` as it is called. */
import { command } from './command.ts'
import { saying } from './options.ts'

export const clear = command({
  usage: 'clear <pipeline> [ids...]',
  does: 'take back what was said of answers: they are unreviewed again',
  example: 'itemwise clear problem_generator_module_4 4002',
  options: [...saying],
  load: async () => (await import('../clear.ts')).clear,
})
