/** A terminal of which only what a test hands in is there; writing anywhere else throws. */
import type { Terminal } from '../../cli/terminal.ts'

export function fakeTerminal(known: Partial<Terminal>): Terminal {
  const surprised = (where: string) => (text: string) => {
    throw new Error(`Nothing was expected on ${where}: ${text}`)
  }
  return {
    out: surprised('stdout'),
    painted: surprised('stdout'),
    data: surprised('stdout'),
    note: surprised('stderr'),
    bell: () => surprised('stderr')('the bell'),
    bar: surprised('the bar'),
    ask: null,
    stdin: null,
    isLive: false,
    colour: false,
    columns: 80,
    env: {},
    cwd: '.',
    ...known,
  }
}
