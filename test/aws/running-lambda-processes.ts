/** The processes of Lambdas under way: in LocalStack's host mode they are children of this machine, so a test can kill them. */
import { readdirSync, readFileSync } from 'node:fs'
import { until } from '../stories/story.ts'
import { stack } from './cloud.ts'

/** Process ids of the Lambdas of a stage of this worker's stack. */
export function lambdaProcesses(stage: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => nameOf(pid).startsWith(`${stack.stackName}-Functions${stage}`))
    .map(Number)
}

/** The name of the Lambda that a process runs; empty for any other process. CDK makes it of the construct's path. */
function nameOf(pid: string): string {
  try {
    return /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}

/** Sends a signal to every Lambda of a stage, and returns how many there were. */
export function signalLambdas(stage: string, signal: NodeJS.Signals): number {
  const pids = lambdaProcesses(stage)
  for (const pid of pids) process.kill(pid, signal)
  return pids.length
}

/** Waits until something has happened, a minute at most. */
export async function within(what: string, happened: () => boolean): Promise<void> {
  const started = Date.now()
  await until(() => {
    if (Date.now() - started > 60_000) throw new Error(`It has not happened within a minute: ${what}.`)
    return happened()
  })
}
