/** The AWS CLI from PyPI, in a folder of its own: the tests look at the results with somebody else's program. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installFolder } from './localstack.ts'

const version = '1.46.3'

/** The program's path; installed the first time. */
export function awsCli(): string {
  const folder = join(installFolder(), `awscli-${version}`)
  const program = join(folder, 'bin/aws')
  if (existsSync(program)) return program
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' })
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `awscli==${version}`]
  execFileSync(join(folder, 'bin/python'), pip, { stdio: ['ignore', 'ignore', 'inherit'] })
  return program
}
