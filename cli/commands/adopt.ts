/** `itemwise adopt` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const adopt = command({
  usage: 'adopt <pipeline> [version]',
  does: 'make edits of answers that somebody wrote into the files of a version',
  example: 'itemwise adopt problem_generator_module_4 v1 --by Maria',
  options: [
    option('--comment <text>', 'why'),
    option('--by <name>', 'who says it (default: user.name of git, else your user name)'),
    ...place,
  ],
  load: async () => (await import('../adopt.ts')).adopt,
})
