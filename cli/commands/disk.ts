/** `itemwise disk` as it is called. */
import { command } from './command.ts'
import { place } from './options.ts'

export const disk = command({
  usage: 'disk [pipeline]',
  does: 'show how much space versions take, and with what',
  example: 'itemwise disk problem_generator_module_4',
  options: place,
  load: async () => (await import('../disk.ts')).disk,
})
