/** `itemwise follow` as it is called. */
import { command } from './command.ts'
<<<<<<< HEAD
import { notify, onlyOnStack } from './options.ts'
=======
import { placeOfRun } from './options.ts'
>>>>>>> main

export const follow = command({
  usage: 'follow <pipeline> [version]',
  does: 'follow a run on AWS, or one here that waits for message batches, until it ends',
  example: 'itemwise follow problem_generator_module_4',
<<<<<<< HEAD
  options: [notify, ...onlyOnStack],
=======
  options: [...placeOfRun],
>>>>>>> main
  load: async () => (await import('../follow.ts')).follow,
})
