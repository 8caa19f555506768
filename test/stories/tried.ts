/** Runs a command and sees what it did: what it said, which files it changed, and whether the API was asked. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../core/text/ids.ts'
import { type Ended, itemwise } from '../cli/command.ts'
import type { Story } from './story.ts'

export interface Tried extends Ended {
  /** Calls that reached the API while the command ran. */
  requests: number
  /** Paths in the workspace that are new, gone or different. */
  changed: string[]
}

/** `env` stands beside the key and the address of the loopback API, or in their place. */
export async function tried(story: Story, words: string[], env: NodeJS.ProcessEnv = {}): Promise<Tried> {
  const before = contents(story.root)
  const requests = story.sent.length
  const ended = await itemwise({ folder: story.root, env: { ...loopback(story), ...env } }, ...words)
  const after = contents(story.root)
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  )
  return { ...ended, requests: story.sent.length - requests, changed }
}

function loopback({ server }: Story): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    ANTHROPIC_API_KEY: server.key,
    ANTHROPIC_BASE_URL: server.url,
  }
}

/** A command that is refused over these problems before anything is paid for or written. */
export function refusal(...problems: string[]): Tried {
  const lines = problems.map((problem) => `  - ${problem}\n`)
  const err =
    problems.length === 1
      ? `itemwise: ${problems[0]}\n`
      : `itemwise: ${problems.length} problems, nothing was started:\n${lines.join('')}`
  return { code: 2, out: '', err, requests: 0, changed: [] }
}

/** Every file, folder and link below a folder, with what is in it. */
function contents(root: string): Map<string, string> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return new Map(paths.map((path) => [path, contentOf(join(root, path))]))
}

function contentOf(path: string): string {
  const found = lstatSync(path)
  if (found.isSymbolicLink()) return `link to ${readlinkSync(path)}`
  return found.isFile() ? sha256(readFileSync(path)) : 'folder'
}

export const items = [
  { id: 1, text: 'one' },
  { id: 2, text: 'two' },
  { id: 3, text: 'three' },
]

/** Two steps over three items. Prompts are named `Write 1` and `Rate 1`. */
export const workspace: Record<string, unknown> = {
  'prompts/write.md': 'Write {id}: {text}\n',
  'prompts/rate.md': 'Rate {id}: {answer}\n',
  'inputs/items.json': items,
  'pipelines/stories.yaml': request('- prompt_name: write', '  input_file: inputs/items.json', '- prompt_name: rate'),
}

export const run = ['run', 'pipelines/stories.yaml']

/** A request of the pipeline `stories` with these lines as its steps. */
export function request(...steps: string[]): string {
  return `pipeline_name: stories\nsteps:\n${steps.map((line) => `  ${line}\n`).join('')}`
}

/** The request with one step, to which these lines are added. */
export function oneStep(...fields: string[]): Record<string, string> {
  return {
    'pipelines/stories.yaml': request(
      '- prompt_name: write',
      '  input_file: inputs/items.json',
      ...fields.map((field) => `  ${field}`),
    ),
  }
}
