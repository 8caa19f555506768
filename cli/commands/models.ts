/** `itemwise models` as it is called. */
import { command } from './command.ts'

export const models = command({
  usage: 'models',
  does: 'list the known models with their prices and limits',
  example: 'itemwise models --json',
  options: [],
  load: async () => (await import('../models.ts')).models,
})
