/** `itemwise show` as it is called. */
import { command, option } from './command.ts'
import { oneOrAmong, place } from './options.ts'

export const show = command({
  usage: 'show <pipeline> [version] [item]',
  does: 'show a version, or one of its items with its prompt and answer',
  example: 'itemwise show problem_generator_module_4 v1 4002',
  options: [
    option('--grep <pattern>', 'find a text, or a regular expression, in the answers of all steps'),
    ...oneOrAmong,
    ...place,
  ],
  load: async () => (await import('../show.ts')).show,
})
