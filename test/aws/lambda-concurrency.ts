/** How many Lambdas of a stage may run at once, set as an administrator of the account does. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Stage } from '../../infra/definition.ts'
import { awsCli } from '../../tools/local-aws/aws-cli.ts'
import { deployedVersions } from './own-machine.ts'

/** Sets it, or takes it back with null. */
export async function lambdaConcurrency(stage: Stage, most: number | null): Promise<void> {
  const name = (await deployedVersions())[stage].split(':')[6]!
  const words =
    most === null
      ? ['delete-function-concurrency']
      : ['put-function-concurrency', '--reserved-concurrent-executions', String(most)]
  await promisify(execFile)(await awsCli(), ['lambda', ...words, '--function-name', name], { env: process.env })
}
