/** `itemwise serve` as it is called. */
import { InvalidArgumentError } from 'commander'
import { command, option } from './command.ts'

export const serve = command({
  usage: 'serve',
  does: 'serve the HTTP API on this machine',
  example: 'itemwise serve --port 7411',
  options: [option('--port <n>', 'the port to listen on; 0 picks a free one (default: 7411)', portNumber)],
  load: async () => (await import('../serve.ts')).serve,
})

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    throw new InvalidArgumentError('Expected a port: a whole number from 0 to 65535.')
  return Number(text)
}
