/** `itemwise push` as it is called. */
import { command } from './command.ts'
import { onlyOnStack } from './options.ts'

export const push = command({
  usage: 'push [paths...]',
  does: 'send files of the workspace, or a version, to AWS',
  example: 'itemwise push prompts inputs/problems.json',
  options: [...onlyOnStack],
  load: async () => (await import('../push.ts')).push,
})
