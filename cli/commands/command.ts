/**
 * How a command declares itself: its usage, its options and the handler behind them. A declaration is light, because --help needs
 * all of them. The handler is loaded when the command is called, and the compiler checks it against the declaration.
 */
import { Option } from 'commander'
import type { Terminal } from '../terminal.ts'

/** An option of a command. `Name` is the name of its flag in camelCase. */
export interface OptionDeclaration<Name extends string = string, Value = unknown> {
  /** As commander reads it: `--only <ids...>`. */
  flags: string
  about: string
  /** Throws InvalidArgumentError. */
  parse?: (text: string) => Value
  choices?: readonly string[]
  preset?: string
  hidden?: boolean
  /** Neither is ever set: they are for the compiler. */
  readonly name?: Name
  readonly value?: Value
}

type Camel<Text> = Text extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Text

/** `maxCost` of `--max-cost <usd>`; `open` of `--no-open`; of `--note, --notes <text>` the last name. */
type NameOf<Flags extends string> = Flags extends `${string}, ${infer Last}`
  ? NameOf<Last>
  : Flags extends `--no-${infer Name}`
    ? string & Camel<Name>
    : Flags extends `--${infer Name} ${string}`
      ? string & Camel<Name>
      : Flags extends `--${infer Name}`
        ? string & Camel<Name>
        : never

type ValueOf<Flags extends string> = Flags extends `${string}...>`
  ? string[]
  : Flags extends `${string}>`
    ? string
    : boolean

/** Declares an option. Its value is what `parse` returns, else a text, a list of texts, or true. */
export function option<const Flags extends string>(
  flags: Flags,
  about: string,
): OptionDeclaration<NameOf<Flags>, ValueOf<Flags>>
export function option<const Flags extends string, Value>(
  flags: Flags,
  about: string,
  parse: (text: string) => Value,
): OptionDeclaration<NameOf<Flags>, Value>
export function option(flags: string, about: string, parse?: (text: string) => unknown): OptionDeclaration {
  return { flags, about, ...(parse && { parse }) }
}

/** Declares an option that takes one of a few values. */
export function choice<const Flags extends string, const Value extends string>(
  flags: Flags,
  about: string,
  choices: readonly Value[],
): OptionDeclaration<NameOf<Flags>, Value> {
  return { flags, about, choices }
}

/** The flags that a handler is given. */
export type FlagsOf<Options extends readonly OptionDeclaration[]> = {
  [Declared in Options[number] as Declared extends OptionDeclaration<infer Name> ? Name : never]?: Declared extends {
    readonly value?: infer Value
  }
    ? Value
    : never
}

/** The words that a handler is given: `[string, string?]` of `show <pipeline> [version]`. */
export type WordsOf<Usage extends string> = Usage extends `${string} ${infer Words}` ? WordList<Words> : []
type WordList<Words> = Words extends `${infer First} ${infer Others}`
  ? [...Word<First>, ...WordList<Others>]
  : Word<Words>
type Word<Text> = Text extends `[${string}...]` ? string[] : Text extends `[${string}]` ? [string?] : [string]

/** What every command takes. */
export const everywhere = [
  option('--workspace <dir>', 'the workspace folder (default: the nearest folder upwards that has prompts/)'),
  option('--json', 'print a JSON document'),
  option('--verbose', 'print more, including stack traces'),
] as const

type Handler<Words, Flags> = (words: Words, flags: Flags, terminal: Terminal) => Promise<number>

interface Declaration<Usage extends string, Options extends readonly OptionDeclaration[], Flags> {
  usage: Usage
  /** One line. */
  does: string
  example: string
  options: Options
  /** Loads the handler, which returns the exit code. */
  load: () => Promise<Handler<WordsOf<Usage>, Flags>>
}

/** Nothing to add if the handler reads only flags that are declared, with their types; otherwise a field that says what is wrong. */
type Fitting<Read, Declared> = [Exclude<keyof Read, keyof Declared>] extends [never]
  ? [Declared] extends [Read]
    ? unknown
    : { anotherTypeThanDeclared: Read }
  : { readButNotDeclared: Exclude<keyof Read, keyof Declared> }

/** A command as the command line knows it. */
export interface Command {
  usage: string
  does: string
  example: string
  options: readonly OptionDeclaration[]
  run: Handler<string[], object>
}

/** Declares a command. Does not compile if its handler takes other words or flags than are declared. */
export function command<
  const Usage extends string,
  const Options extends readonly OptionDeclaration[],
  Flags extends object,
>(
  declared: Declaration<Usage, Options, Flags> & Fitting<Flags, FlagsOf<readonly [...typeof everywhere, ...Options]>>,
): Command {
  const { usage, does, example, options, load } = declared
  return {
    ...{ usage, does, example },
    options: [...everywhere, ...options],
    // Commander has checked both against the declaration.
    run: async (words, flags, terminal) => (await load())(words as WordsOf<Usage>, flags as Flags, terminal),
  }
}

/** The option as commander takes it. */
export function commanderOption({ flags, about, parse, choices, preset, hidden }: OptionDeclaration): Option {
  const made = new Option(flags, about)
  if (choices !== undefined) made.choices(choices)
  if (parse !== undefined) made.argParser((text) => parse(text))
  if (preset !== undefined) made.default(preset)
  return hidden ? made.hideHelp() : made
}
