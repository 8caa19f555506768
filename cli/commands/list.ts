/** `itemwise list` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const list = command({
  usage: 'list [pipeline]',
  does: 'list pipelines and their versions',
  example: 'itemwise list problem_generator_module_4 --status beta rc',
  options: [
    ...place,
    option('--all', 'list all versions, whatever their label'),
    option('--status <labels...>', 'list versions with these labels (default: beta, rc and final)'),
  ],
  load: async () => (await import('../list.ts')).list,
})
