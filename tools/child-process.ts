/** Programs that tools run. None outlives the process that runs it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { basename } from 'node:path'

export interface HowToRun {
  env?: NodeJS.ProcessEnv
  /** 1 to 19: how far it stands back for other programs that want the processor. */
  niceness?: number
}

/** Runs a program of Node.js in the foreground, to its end, and returns its exit code. */
export function runVisibly(words: string[], { env = {}, niceness = 0 }: HowToRun = {}): Promise<number> {
  const child = spawn(process.execPath, words, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (niceness > 0 && child.pid !== undefined) setPriority(child.pid, niceness)
  return exitCode(child)
}

/** Runs a program of Node.js in the background, to its end, and returns its exit code. What it prints is kept for later. */
export function runInBackground(words: string[], { env = {}, output }: HowToRun & { output: Kept }): Promise<number> {
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, words, { stdio: [...stdio], env: { ...process.env, ...colours, ...env } })
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.write(text))
  return exitCode(child)
}

/** What something in the background says: kept until it is shown, and from then on seen as it comes. */
export class Kept {
  #text = ''
  #isShown = false

  write(text: string): void {
    if (this.#isShown) process.stderr.write(text)
    else this.#text += text
  }

  show(): void {
    this.#isShown = true
    process.stderr.write(this.#text)
    this.#text = ''
  }
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

function exitCode(child: ChildProcess): Promise<number> {
  return ended(child).then((code) => (typeof code === 'number' ? code : 1))
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
