/** `itemwise serve` as it is called. */
import { command, option } from './command.ts'
import { portNumber } from './options.ts'

export const serve = command({
  usage: 'serve',
  does: 'serve the HTTP API on this machine',
  example: 'itemwise serve --port 7411',
  options: [option('--port <n>', 'the port to listen on; 0 picks a free one (default: 7411)', portNumber)],
  load: async () => (await import('../serve.ts')).serve,
})
