/** Starts the process of a run: it outlives the server, and Ctrl-C in the server's terminal does not reach it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { StoreUnwritable } from '../../core/errors.ts'

export interface Launched {
  pid: number
  /** Hands the input over: until then the process waits. */
  begin(input: string): void
  /** Ends it before it began. */
  cancel(): void
}

export type Launch = (runId: string) => Launched

export interface LaunchTools {
  /** That of the server. */
  env: Record<string, string | undefined>
  /** The file of the command line. Default: the one that this process runs. */
  program?: string
}

/** `root`: the workspace. */
export function launcher(root: string, { env, program = process.argv[1] ?? '' }: LaunchTools): Launch {
  // Runs have no use for the server's token.
  const { ITEMWISE_TOKEN: _, ...ownEnv } = env
  return (runId) => {
    const words = [program, 'run', '--run-id', runId, '--workspace', root]
    const child = spawn(process.execPath, words, {
      cwd: root,
      env: ownEnv,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    return launched(child)
  }
}

function launched(child: ChildProcess): Launched {
  const { pid, stdin } = child
  // What went wrong with a process is seen by its entry in the index.
  child.on('error', () => {})
  stdin?.on('error', () => {})
  if (pid === undefined || stdin === null)
    throw new StoreUnwritable(
      'No process could be started for the run: the system refused it. Close some programs and try again.',
    )
  child.unref()
  return { pid, begin: (input) => stdin.end(input), cancel: () => void child.kill('SIGKILL') }
}
