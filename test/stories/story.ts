/** A workspace in a temporary folder, the loopback API beside it, and the real command line in it, as a person would use them. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ErrorRow, LedgerLine, Metadata, RunDocument, Stats } from '../../core/documents.ts'
import { stepNumber } from '../../core/store.ts'
import type { Json } from '../../core/text/json.ts'
import { promptOf } from '../anthropic-server/answer.ts'
import {
  type AnthropicServer,
  type AnthropicServerOptions,
  type Call,
  type Fault,
  type MessageRequest,
  type RecordedRequest,
  startAnthropicServer,
} from '../anthropic-server.ts'
import { type Ended, itemwise, StartedCommand } from '../cli/command.ts'
import { program } from '../program.ts'

/** One call of the API, as the server saw it. */
export type Sent = RecordedRequest & { body: MessageRequest }

export interface ApiBehaviour {
  /** Decides what a call gets from now on; undefined: the usual answers. */
  answer: ((call: Call) => Fault | string | undefined) | undefined
}

export class Story implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'itemwise-story-'))
  readonly server: AnthropicServer
  readonly api: ApiBehaviour
  /** Variables of the commands, in the place of the usual ones. */
  environment: NodeJS.ProcessEnv = {}
  readonly #children = new Set<StartedCommand>()
  #told = 0

  constructor(server: AnthropicServer, api: ApiBehaviour) {
    this.server = server
    this.api = api
  }

  /** A workspace with these files; what is no text is written as JSON. */
  static async begin(files: Record<string, unknown> = {}, options: AnthropicServerOptions = {}): Promise<Story> {
    const api: ApiBehaviour = { answer: options.answer }
    const server = await startAnthropicServer({ ...options, answer: (call) => api.answer?.(call) })
    const story = new Story(server, api)
    for (const [path, content] of Object.entries(files)) story.write(path, content)
    return story
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.signal('SIGKILL')
    await Promise.all([...this.#children].map(({ ended }) => ended))
    await this.server.close()
    rmSync(this.root, { recursive: true, force: true })
  }

  /** Runs a command to its end, with the key and the address of the loopback API; in this process if that makes no difference. */
  run(...words: string[]): Promise<Ended> {
    return itemwise({ folder: this.root, env: this.#variables({}) }, ...words)
  }

  /** Starts a command in a process of its own. */
  start(...words: string[]): StartedCommand {
    return this.startProgram({ file: program, env: {} }, ...words)
  }

  /** The same with another program in the place of the command line. */
  startProgram({ file, env }: { file: string; env: NodeJS.ProcessEnv }, ...words: string[]): StartedCommand {
    return this.#spawn([process.execPath, file], words, env)
  }

  /** Runs a line of a shell, in which `$itemwise` is the command line. */
  shell(line: string): StartedCommand {
    return this.#spawn(['/bin/sh', '-c'], [line], { itemwise: `${process.execPath} ${program}` })
  }

  #spawn(command: string[], words: string[], env: NodeJS.ProcessEnv): StartedCommand {
    const child = new StartedCommand({ folder: this.root, env: this.#variables(env) }, words, command)
    this.#children.add(child)
    const forget = () => this.#children.delete(child)
    child.ended.then(forget, forget)
    return child
  }

  #variables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const { key, url } = this.server
    return {
      PATH: process.env.PATH,
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: url,
      ...env,
      ...this.environment,
    }
  }

  write(path: string, content: unknown): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(
      join(this.root, path),
      typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`,
    )
  }

  /** Every call since the story began, refused ones too. */
  get sent(): Sent[] {
    return this.server.requests as Sent[]
  }

  /** The prompts of the calls since this was last asked, each up to its first full stop or colon, sorted. Counting tokens is no call. */
  asked(): string[] {
    const fresh = this.sent.slice(this.#told).filter(({ path }) => path !== '/v1/messages/count_tokens')
    this.#told = this.sent.length
    return fresh.map(({ body }) => nameOf(promptOf(body))).sort(byNumber)
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path))
  }

  names(folder: string): string[] {
    return readdirSync(join(this.root, folder)).sort()
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  json<T = Json>(path: string): T {
    return JSON.parse(this.read(path))
  }

  /** A version's record. */
  metadata(version: string): Omit<Metadata, 'stats'> & { stats: Stats } {
    return this.json(`outputs/${version}/metadata.json`)
  }

  runDocument(version: string): RunDocument {
    return this.json(`outputs/${version}/run.json`)
  }

  ledger(version: string, step: number): LedgerLine[] {
    return ofLines(this.read(`outputs/${version}/${stepNumber(step)}_ledger.jsonl`))
  }

  /** The rows of a step's errors file; none where there is no file. */
  errors(version: string, step: number): ErrorRow[] {
    const path = `outputs/${version}/${stepNumber(step)}_errors.json`
    return this.has(path) ? this.json(path) : []
  }

  collated<T = { [field: string]: Json }>(version: string, file: string): T[] {
    return this.json(`outputs/${version}/collated/${file}`)
  }
}

/** The whole lines of a .jsonl text. */
export function ofLines<T>(text: string): T[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

function nameOf(prompt: string): string {
  return prompt.split(/[.:]/, 1)[0] ?? ''
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** Waits until something has happened, looking every few milliseconds. Throws if it has not after a minute and a half. */
export async function until(happened: () => boolean): Promise<void> {
  const end = performance.now() + 90_000
  while (!happened()) {
    if (performance.now() > end) throw new Error(`This never happened: ${happened}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
