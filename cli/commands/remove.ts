/** `itemwise remove` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const remove = command({
  usage: 'remove <pipeline> [version]',
  does: 'delete a version that nothing needs; its number is not used again',
  example: 'itemwise remove problem_generator_module_4 v2',
  options: [
    ...place,
    option('--force', 'also the latest completed version, a labelled one, or an unfinished one with answers'),
  ],
  load: async () => (await import('../remove.ts')).remove,
})
