/** `itemwise completion` as it is called. */
import { command } from './command.ts'

export const completion = command({
  usage: 'completion <shell>',
  does: 'print what completes the commands in bash, zsh or fish',
  example: 'eval "$(itemwise completion bash)"',
  options: [],
  load: async () => (await import('../completion.ts')).completion,
})
