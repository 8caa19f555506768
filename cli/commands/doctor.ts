/** `itemwise doctor` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const doctor = command({
  usage: 'doctor [pipeline]',
  does: 'find damage from killed processes and broken disks, and repair it',
  example: 'itemwise doctor problem_generator_module_4 --fix',
  options: [...place, option('--fix', 'repair what can be repaired; no answer is ever deleted')],
  load: async () => (await import('../doctor.ts')).doctor,
})
