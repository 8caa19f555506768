/** `itemwise init` as it is called. */
import { command } from './command.ts'

export const init = command({
  usage: 'init [dir]',
  does: 'create a workspace with a working example',
  example: 'itemwise init my-prompts',
  options: [],
  load: async () => (await import('../init.ts')).init,
})
