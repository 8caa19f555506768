/** `itemwise init` as it is called. */
import { command, option } from './command.ts'

export const init = command({
  usage: 'init [dir]',
  does: 'create a workspace with a working example',
  example: 'itemwise init my-prompts',
  options: [option('--empty', 'only the folders and the settings, without the example')],
  load: async () => (await import('../init.ts')).init,
})
