/** `itemwise resume` as it is called. */
import { command } from './command.ts'
import { asking, detach, notify, place } from './options.ts'

export const resume = command({
  usage: 'resume <pipeline> [version]',
  does: 'resume an unfinished version',
  example: 'itemwise resume problem_generator_module_4 v3',
  options: [...asking, notify, detach, ...place],
  load: async () => (await import('../resume.ts')).resume,
})
