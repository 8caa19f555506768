/** Runs the command line of the package: in a process of its own, as a person would, or in this one. */
import { spawn } from 'node:child_process'
import { PassThrough, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { StartedWith } from '../../cli/main.ts'
import { compileCache, program } from '../program.ts'

export interface Ended {
  code: number | null
  out: string
  err: string
}

export interface Surroundings {
  folder: string
  /** All variables that the command has. */
  env: NodeJS.ProcessEnv
}

/**
 * Runs a command to its end. It runs in this process if that makes no difference: a process of Node takes a third of a second of
 * computing to begin. If ITEMWISE_TEST_PROCESSES is set, every command has a process of its own.
 */
export function itemwise({ folder, env }: Surroundings, ...words: string[]): Promise<Ended> {
  return canRunHere(env) ? runHere({ folder, env }, words) : new StartedCommand({ folder, env }, words).ended
}

function canRunHere(env: NodeJS.ProcessEnv): boolean {
  if (process.env.ITEMWISE_TEST_PROCESSES !== undefined) return false
  return Object.entries(env).every(([name, value]) => ofTheTerminal.has(name) || process.env[name] === value)
}

/**
 * What the command line reads from its terminal. Other variables are read by Node, an SDK or a library from the process: they make no
 * difference if this process has them, too.
 */
const ofTheTerminal = new Set('PATH ANTHROPIC_API_KEY ANTHROPIC_BASE_URL NO_COLOR CI TERM ITEMWISE_STACK'.split(' '))

/** Calls what starts a process of the package, with a folder, variables and streams of its own. */
async function runHere({ folder, env }: Surroundings, words: string[]): Promise<Ended> {
  const { start }: typeof import('../../cli/main.ts') = await import(pathToFileURL(program).href)
  const [stdout, stderr] = [new Collected(), new Collected()]
  const started = {
    argv: [process.execPath, program, ...words],
    env: { ...env },
    cwd: () => folder,
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    exitCode: 0,
  }
  await start(started as unknown as StartedWith)
  return { code: started.exitCode, out: stdout.text, err: stderr.text }
}

class Collected extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

/** The command line in a process of its own, while it runs. */
export class StartedCommand {
  /** Resolves when it has ended; `code` is null where a signal ended it. */
  readonly ended: Promise<Ended>
  readonly #child
  #out = ''
  #err = ''
  #wake: () => void = () => {}

  constructor({ folder, env }: Surroundings, words: string[], command = [process.execPath, program]) {
    const [file = '', ...before] = command
    const child = spawn(file, [...before, ...words], {
      cwd: folder,
      env: { NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
      this.#wake()
    })
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject).on('close', (code) => {
        resolve({ code, out: this.#out, err: this.#err })
        this.#wake()
      })
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** What it has printed so far. */
  get out(): string {
    return this.#out
  }

  /** Waits until stderr says this. Throws where the command ends without. */
  async says(text: string): Promise<void> {
    while (!this.#err.includes(text)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`The command ended without saying ${JSON.stringify(text)}. It said:\n${this.#err}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
