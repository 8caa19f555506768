/** Programs that tools run. None outlives the process that runs it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { basename } from 'node:path'

/** Runs a program of Node.js in the foreground, to its end, and returns its exit code. */
export function runVisibly(words: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, words, { stdio: 'inherit', env: { ...process.env, ...env } })
  return ended(child).then((code) => (typeof code === 'number' ? code : 1))
}

/** Runs a program of which nothing is to be seen unless it fails. Rejects with what it printed where it does not end with 0. */
export async function runQuietly(program: string, words: string[], options: SpawnOptions = {}): Promise<void> {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  const code = await ended(child)
  if (code === 0) return
  throw new Error(`${[basename(program), ...words.slice(0, 2)].join(' ')} ended with ${code}:\n${printed}`)
}

/** The exit code of a child process, or the signal that ended it. It is ended with this process. */
function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  const end = () => void child.kill()
  process.on('exit', end)
  return new Promise<number | NodeJS.Signals | null>((done, failed) => {
    child.on('error', failed)
    child.on('close', (code, signal) => done(code ?? signal))
  }).finally(() => process.off('exit', end))
}
