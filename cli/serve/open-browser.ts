/** Opens an address in the browser of whoever sits at this machine. */
import { spawn } from 'node:child_process'
import type { Terminal } from '../terminal.ts'

/** What opens an address, by platform. The address is an argument, never a part of a shell's line. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Says so if there is no browser: the address stands in the terminal anyway. */
export async function openBrowser(address: string, terminal: Terminal): Promise<void> {
  const [command, ...words] = openers[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...words, address], { stdio: 'ignore', detached: true, env: { ...terminal.env } })
  child.unref()
  await new Promise<void>((resolve) => {
    child.once('spawn', resolve)
    child.once('error', () => {
      terminal.note('No browser could be opened here. Open the address yourself; --no-open says that none is wanted.\n')
      resolve()
    })
  })
}
