/** `itemwise abort` as it is called. */
import { command } from './command.ts'
import { placeOfRun } from './options.ts'

export const abort = command({
  usage: 'abort <pipeline> [version]',
  does: 'stop a run on AWS, or cancel the message batches of one here; it can be resumed',
  example: 'itemwise abort problem_generator_module_4 v3',
  options: [...placeOfRun],
  load: async () => (await import('../abort.ts')).abort,
})
