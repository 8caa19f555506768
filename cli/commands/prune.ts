/** `itemwise prune` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const prune = command({
  usage: 'prune [pipeline]',
  does: 'make room, after asking: prompts of old versions, and deprecated versions',
  example: 'itemwise prune problem_generator_module_4 --dry-run',
  options: [
    ...place,
    option('--yes', 'prune without asking'),
    option('--dry-run', 'show what would go, and remove nothing'),
  ],
  load: async () => (await import('../prune.ts')).prune,
})
