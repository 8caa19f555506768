/** `itemwise compare` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const compare = command({
  usage: 'compare <pipeline> [a] [b]',
  does: 'compare two versions',
  example: 'itemwise compare problem_generator_module_4 v0 v1 --detail',
  options: [
    ...place,
    option(
      '--last-try',
      'compare what `itemwise try` gave last: with the version named, or both that stood side by side, or with the latest',
    ),
    option('--detail', 'show every changed field, and the changes in templates and settings'),
  ],
  load: async () => (await import('../compare.ts')).compare,
})
