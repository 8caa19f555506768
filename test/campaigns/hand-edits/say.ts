/** Runs a command of the command line without a process of its own, which would take half a second. */

import type { Command } from '../../../cli/commands/command.ts'
import { compare } from '../../../cli/commands/compare.ts'
import { doctor } from '../../../cli/commands/doctor.ts'
import { exportCommand } from '../../../cli/commands/export.ts'
import { list } from '../../../cli/commands/list.ts'
import { rerun } from '../../../cli/commands/rerun.ts'
import { run } from '../../../cli/commands/run.ts'
import { show } from '../../../cli/commands/show.ts'
import { reportError } from '../../../cli/report-error.ts'
import { fakeTerminal } from '../../cli/fake-terminal.ts'

export interface Said {
  code: number
  out: string
  err: string
  /** Whether it said that files were changed. */
  told: boolean
}

const commands: Record<string, Command> = { compare, doctor, export: exportCommand, list, rerun, run, show }

/** `rerun words 12 --offline`: flags are words with dashes, with a value behind an equals sign. */
export async function say(root: string, line: string): Promise<Said> {
  const [name = '', ...parts] = line.split(' ')
  const words = parts.filter((part) => !part.startsWith('--'))
  const flags = Object.fromEntries(parts.filter((part) => part.startsWith('--')).map(flag))
  let out = ''
  let err = ''
  const toOut = (text: string) => {
    out += text
  }
  const note = (text: string) => {
    err += text
  }
  const terminal = fakeTerminal({ out: toOut, painted: toOut, data: toOut, note, cwd: root })
  let code: number
  try {
    code = await commands[name]!.run(words, flags, terminal)
  } catch (error) {
    code = reportError(error, { json: false, verbose: true }, terminal)
  }
  return { code, out, err, told: /changed by hand|another order|is missing|edited by hand/.test(err + out) }
}

function flag(part: string): [string, string | number | boolean] {
  const [name = '', value] = part.slice(2).split('=')
  return [name, value === undefined ? true : /^\d+$/.test(value) ? Number(value) : value]
}
