/** `itemwise review` as it is called. */
import { command, option } from './command.ts'
import { place, portNumber } from './options.ts'

export const review = command({
  usage: 'review [pipeline] [version]',
  does: 'read, correct and approve answers in the browser',
  example: 'itemwise review problem_generator_module_4',
  options: [
    option('--port <n>', 'the port to listen on (default: 7412, or any free one)', portNumber),
    option('--by <name>', 'who reviews (default: user.name of git, else your user name)'),
    ...place,
    option('--no-open', 'print the address, and open no browser'),
  ],
  load: async () => (await import('../review.ts')).review,
})
