/** `itemwise label` as it is called. */
import { command } from './command.ts'
import { labels, place } from './options.ts'

export const label = command({
  usage: 'label <pipeline> <version>',
  does: 'change the label or the notes of a version',
  example: 'itemwise label problem_generator_module_4 v1 --status final',
  options: [...place, ...labels],
  load: async () => (await import('../label.ts')).label,
})
