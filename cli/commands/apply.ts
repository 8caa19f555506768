/** `itemwise apply` as it is called. */
import { command, option } from './command.ts'
import { asking, beforehand, detach, labels, notify, place } from './options.ts'

export const apply = command({
  usage: 'apply <pipeline>',
  does: 'make a version with the edited answers in place; later steps ask again for their items',
  example: 'itemwise apply problem_generator_module_4 --note "Corrected by Maria"',
  options: [
    option('--no-later-steps', 'leave the answers of later steps as they are'),
    option('--stale', 'put edits in place, too, whose item has got another answer since'),
    option('--base <version>', 'put them into this version instead of the latest'),
    ...asking,
    ...labels,
    ...beforehand,
    notify,
    detach,
    ...place,
  ],
  load: async () => (await import('../apply.ts')).apply,
})
