/** `itemwise comment` as it is called. */
import { command } from './command.ts'
import { saying } from './options.ts'

export const comment = command({
  usage: 'comment <pipeline> [ids...]',
  does: 'note something about answers, without a verdict',
  example: 'itemwise comment problem_generator_module_4 4002 --comment "Ask the teacher"',
  options: [...saying],
  load: async () => (await import('../comment.ts')).comment,
})
