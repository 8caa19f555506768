/** Says what may stand where a person presses Tab: commands, options and their values, pipelines, versions, requests, templates. */
import { usualLabels } from '../core/request.ts'
import type { Store } from '../core/store.ts'
import type { Command, OptionDeclaration } from './commands/command.ts'
import { shells } from './completion.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { savedRequests } from './saved-request.ts'
import type { Terminal } from './terminal.ts'
import { openWorkspace } from './workspace.ts'

/** What is being typed: the command, what stands before, and the beginning of the word. */
interface Typed {
  command: Command
  /** Words that are neither options nor their values, without the command. */
  words: string[]
  flags: StoreFlags
  /** The option whose value is being typed. */
  option: OptionDeclaration | undefined
  current: string
}

/** Prints a line for each word that may stand at the end of `typed`. Never fails: then there is nothing to offer. */
export async function complete(typed: string[], commands: readonly Command[], terminal: Terminal): Promise<number> {
  const current = typed.at(-1) ?? ''
  const found = await candidates(typed, commands, terminal).catch(() => [])
  for (const word of new Set(found)) if (word.startsWith(current)) terminal.data(`${word}\n`)
  return 0
}

async function candidates(
  typed: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<readonly string[]> {
  if (typed.length <= 1) return [...commands.map(nameOf), 'help']
  const command = commands.find((one) => nameOf(one) === typed[0])
  if (command === undefined) return []
  const read = readTyped(command, typed.slice(1))
  if (read.option !== undefined) return valuesOf(read.option, read, terminal)
  if (read.current.startsWith('-')) return command.options.filter(({ hidden }) => !hidden).flatMap(flagsOf)
  return wordsFor(read, terminal)
}

function nameOf({ usage }: Command): string {
  return usage.split(' ')[0] ?? ''
}

/** `--note`, `--notes` of `--note, --notes <text>`. */
function flagsOf({ flags }: OptionDeclaration): string[] {
  return flags.match(/--[\w-]+/g) ?? []
}

function readTyped(command: Command, typed: readonly string[]): Typed {
  const current = typed.at(-1) ?? ''
  const words: string[] = []
  const values = new Map<string, string>()
  let option: OptionDeclaration | undefined
  for (const word of typed.slice(0, -1)) {
    if (word.startsWith('--'))
      option = command.options.find((one) => flagsOf(one).includes(word) && one.flags.includes('<'))
    else if (option === undefined) words.push(word)
    else {
      values.set(flagsOf(option).at(-1) ?? '', word)
      if (!option.flags.endsWith('...>')) option = undefined
    }
  }
  const places = [...values].filter(([flag]) => ['--workspace', '--target', '--stack'].includes(flag))
  const flags: StoreFlags = Object.fromEntries(places.map(([flag, value]) => [flag.slice(2), value]))
  return { command, words, flags, option: current.startsWith('-') ? undefined : option, current }
}

async function valuesOf(
  option: OptionDeclaration,
  { words, flags }: Typed,
  terminal: Terminal,
): Promise<readonly string[]> {
  if (option.choices !== undefined) return option.choices
  const name = flagsOf(option).at(-1)
  if (name === '--status') return usualLabels
  if (name === '--base') return versionsOf(words[0], flags, terminal)
  if (name !== '--prompt') return []
  const names = await openWorkspace(flags, terminal).list('prompts')
  return names.flatMap((file) => (file.endsWith('.md') ? [file.slice(0, -'.md'.length)] : []))
}

/** By the usage: `show <pipeline> [version] [item]`. */
async function wordsFor({ command, words, flags }: Typed, terminal: Terminal): Promise<readonly string[]> {
  const kinds = command.usage.split(' ').slice(1)
  const kind = (kinds[words.length] ?? kinds.findLast((one) => one.includes('...')) ?? '').replace(/[<>[\].]/g, '')
  if (kind === 'shell') return shells
  if (kind === 'request') return requestsOf(flags, terminal)
  if (kind === 'pipeline') return (await storeOf(flags, terminal)).pipelines()
  if (kind === 'version' || kind === 'a' || kind === 'b') return versionsOf(words[0], flags, terminal)
  return []
}

/** The names of saved requests, as they are typed for short. */
async function requestsOf(flags: StoreFlags, terminal: Terminal): Promise<string[]> {
  return (await savedRequests(openWorkspace(flags, terminal))).map((file) => file.replace(/\.(ya?ml|json)$/, ''))
}

async function versionsOf(pipeline: string | undefined, flags: StoreFlags, terminal: Terminal): Promise<string[]> {
  if (pipeline === undefined) return []
  const { pipelineOfRequest } = await import('./pipeline-of-request.ts')
  const name = await pipelineOfRequest(pipeline, flags, terminal)
  const versions = await (await storeOf(flags, terminal)).versions(name)
  // The newest are wanted most.
  return versions.length === 0 ? [] : [...versions.toReversed(), 'latest']
}

async function storeOf(flags: StoreFlags, terminal: Terminal): Promise<Store> {
  return (await openPlace(flags, terminal)).store()
}
