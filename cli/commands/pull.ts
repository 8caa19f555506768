/** `itemwise pull` as it is called. */
import { command } from './command.ts'
import { onlyOnStack } from './options.ts'

export const pull = command({
  usage: 'pull [pipeline] [version]',
  does: 'fetch versions from AWS into the workspace',
  example: 'itemwise pull problem_generator_module_4 v3',
  options: [...onlyOnStack],
  load: async () => (await import('../pull.ts')).pull,
})
