/** `itemwise follow` as it is called. */
import { command } from './command.ts'
import { notify, placeOfRun } from './options.ts'

export const follow = command({
  usage: 'follow <pipeline> [version]',
  does: 'follow a run on AWS, or one here that waits for message batches, until it ends',
  example: 'itemwise follow problem_generator_module_4',
  options: [notify, ...placeOfRun],
  load: async () => (await import('../follow.ts')).follow,
})
