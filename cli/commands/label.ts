/** `itemwise label` as it is called. */
import { command, option } from './command.ts'
import { labels, place } from './options.ts'

export const label = command({
  usage: 'label <pipeline> <version>',
  does: 'change the label or the notes of a version',
  example: 'itemwise label problem_generator_module_4 v1 --status final',
  options: [
    ...place,
    ...labels,
    option('--strict', 'give the label only if every item is approved: none is flagged or unreviewed'),
  ],
  load: async () => (await import('../label.ts')).label,
})
