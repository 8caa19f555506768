/** Who says something of an answer. */
import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import type { Caller } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Terminal } from './terminal.ts'

/** The name given by --by, else the caller's on AWS, else that of git, else of the user. Throws RequestRefused if there is none. */
export async function whoSays(named: string | undefined, caller: Caller | null, terminal: Terminal): Promise<string> {
  const name = named?.trim() ?? caller?.arn ?? ((await nameInGit(terminal)) || userName())
  if (name !== '') return name
  throw new RequestRefused(['Who says it? Expected a name. Add --by NAME, or set user.name of git.'])
}

async function nameInGit({ cwd, env }: Terminal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['config', 'user.name'], { cwd, env: { ...env } })
    return stdout.trim()
  } catch {
    return ''
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
