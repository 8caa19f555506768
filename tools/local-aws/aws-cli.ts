/** The AWS CLI from PyPI, in a folder of its own: the tests look at the results with somebody else's program. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from '../child-process.ts'
import { installFolder } from './localstack.ts'

const version = '1.46.3'

/** The program's path; installed the first time. */
export async function awsCli(): Promise<string> {
  const folder = join(installFolder(), `awscli-${version}`)
  const program = join(folder, 'bin/aws')
  if (existsSync(program)) return program
  await runQuietly('python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `awscli==${version}`]
  await runQuietly(join(folder, 'bin/python'), pip)
  return program
}
