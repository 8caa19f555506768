/** The command line: which commands there are and what they take. Each is a file of its own, loaded when it is called. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { RequestRefused } from '../core/errors.ts'
import { codeAfterLoss } from './lost-output.ts'
import type { StoreFlags } from './place-flags.ts'
import { placeNames } from './places/open-place.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** What a command's module exports: takes the words behind its name and its options, and returns the exit code. */
// biome-ignore lint/suspicious/noExplicitAny: each command declares its own options, and commander has checked them.
type CommandFunction = (args: any, options: any, terminal: Terminal) => Promise<number>

/** Runs one command of this process. */
export async function start(): Promise<void> {
  const args = process.argv.slice(2)
  const terminal = processTerminal()
  const code = await main(args, terminal)
  await terminal.stdout.ended()
  process.exitCode = codeAfterLoss({ code, command: args[0] ?? '', lost: terminal.stdout.lost }, terminal.note)
}

/** Runs the command that `args` name and returns its exit code: 0 done, 3 done but items failed, 2 refused, 1 failed, 130 interrupted. */
export async function main(args: string[], terminal: Terminal): Promise<number> {
  let code = 0
  const program = itemwise(terminal, async (load, command) => {
    const flags = command.optsWithGlobals()
    code = await (await load())(await argsOf(command, flags, terminal), flags, terminal)
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const { reportError } = await import('./report-error.ts')
    return reportError(error, { json: args.includes('--json'), verbose: args.includes('--verbose') }, terminal)
  }
}

/** The words behind a command; that of a pipeline may be the name of its request file. */
async function argsOf(command: Command, flags: StoreFlags, terminal: Terminal): Promise<string[]> {
  const [word, ...others] = command.args
  if (word === undefined || command.registeredArguments[0]?.name() !== 'pipeline') return command.args
  const { pipelineMeant } = await import('./pipeline-meant.ts')
  const place: StoreFlags = awsOnly.includes(command.name()) ? { ...flags, target: 'aws' } : flags
  return [await pipelineMeant(word, place, terminal), ...others]
}

type Call = (load: () => Promise<CommandFunction>, command: Command) => Promise<void>

function itemwise(terminal: Terminal, call: Call): Command {
  const program = new Command('itemwise')
    .description('Runs a prompt over each item of a JSON array with Claude, and keeps every run as a version.')
    .version(packageVersion(), '-V, --version', 'print the version of itemwise')
    .exitOverride()
    .showHelpAfterError('(itemwise --help lists the commands)')
    .enablePositionalOptions()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.note, getOutHelpWidth: () => terminal.columns })
    // Without the [options] that all have, and however narrow the second column gets, texts break at words.
    .configureHelp({ minWidthToWrap: 16, subcommandTerm: (command) => termOf(command) })
  for (const option of everywhere()) program.addOption(option)

  const command = (usage: string, about: About) => {
    const added = program.command(usage).description(about.does).addHelpText('after', `\nExample:\n  ${about.example}`)
    added.showHelpAfterError(`(itemwise ${added.name()} --help says how it is called)`)
    for (const option of everywhere()) added.addOption(option)
    return added.action(() => call(about.load, added))
  }
  declareRuns(command)
  declareReads(command)
  declareServe(command)
  declareCloud(command)
  return program
}

function termOf(command: Command): string {
  return [command.name(), command.usage().replace(/^\[options\] ?/, '')].filter(Boolean).join(' ')
}

interface About {
  /** One line. */
  does: string
  example: string
  load: () => Promise<CommandFunction>
}

type Declare = (usage: string, about: About) => Command

function declareRuns(command: Declare): void {
  const run = command('run [request]', {
    does: 'run a pipeline from a request file',
    example: 'itemwise run pipelines/problems.yaml --status beta --only 4001 4002',
    load: async () => (await import('./run.ts')).run,
  })
  chosen(labelled(run))
  asked(run).addOption(yes()).addOption(dryRun())
  // How `itemwise serve` starts its runs.
  run.addOption(new Option('--run-id <id>').hideHelp())
  detachable(targeted(run))

  const estimate = command('estimate [request]', {
    does: 'say what a run would take: requests, tokens and cost',
    example: 'itemwise estimate pipelines/problems.yaml --only 4001 4002',
    load: async () => (await import('./estimate.ts')).estimate,
  })
  targeted(chosen(estimate))

  const resume = asked(
    command('resume <pipeline> [version]', {
      does: 'go on with a version that is not finished',
      example: 'itemwise resume problem_generator_module_4 v3',
      load: async () => (await import('./resume.ts')).resume,
    }),
  )
  detachable(targeted(resume))

  const rerun = command('rerun <pipeline> [ids...]', {
    does: 'process some items again, as a new version on the latest',
    example: 'itemwise rerun problem_generator_module_4 4002 4007 --note "Shorter openings"',
    load: async () => (await import('./rerun.ts')).rerun,
  })
    .option('--failed', 'the items that failed')
    .option('--changed', 'the items whose prompt would be another one today')
    .option('--base <version>', 'the version to stand on (default: latest)')
  asked(labelled(rerun)).option('--model <id>', 'the model, instead of the one of the base')
  rerun.addOption(yes()).addOption(dryRun())
  detachable(targeted(rerun))

  command('init [dir]', {
    does: 'make a workspace with a working example',
    example: 'itemwise init my-prompts',
    load: async () => (await import('./init.ts')).init,
  })
}

function declareReads(declare: Declare): void {
  const command: Declare = (usage, about) => targeted(declare(usage, about))
  command('list [pipeline]', {
    does: 'list pipelines and their versions',
    example: 'itemwise list problem_generator_module_4 --status beta rc',
    load: async () => (await import('./list.ts')).list,
  })
    .option('--all', 'all versions, whatever their label')
    .option('--status <labels...>', 'versions with these labels (default: beta, rc and final)')

  command('show <pipeline> [version] [item]', {
    does: 'show a version, or one item of it with its prompt and its answer',
    example: 'itemwise show problem_generator_module_4 v1 4002',
    load: async () => (await import('./show.ts')).show,
  })

  command('compare <pipeline> <a> <b>', {
    does: 'compare two versions',
    example: 'itemwise compare problem_generator_module_4 v0 v1 --detail',
    load: async () => (await import('./compare.ts')).compare,
  }).option('--detail', 'every changed field, and the changes in templates and settings')

  labelled(
    command('label <pipeline> <version>', {
      does: 'change the label or the notes of a version',
      example: 'itemwise label problem_generator_module_4 v1 --status final',
      load: async () => (await import('./label.ts')).label,
    }),
  )

  command('export <pipeline> [version]', {
    does: 'write the answers of a step as CSV, JSON Lines or JSON',
    example: 'itemwise export problem_generator_module_4 @final --output problems.csv',
    load: async () => (await import('./export.ts')).exportCollated,
  })
    .option('--step <n>', 'the step (default: the last)', wholeNumber)
    .addOption(new Option('--format <format>', 'default: by the ending of --output, else csv').choices(formats))
    .option('--output <file>', 'write there instead of to stdout')

  command('doctor [pipeline]', {
    does: 'look for what killed processes and broken disks leave, and mend it',
    example: 'itemwise doctor problem_generator_module_4 --fix',
    load: async () => (await import('./doctor.ts')).doctor,
  }).option('--fix', 'mend what can be mended; no answer is ever deleted')
}

function declareServe(command: Declare): void {
  command('serve', {
    does: 'answer the HTTP API on this machine',
    example: 'itemwise serve --port 7411',
    load: async () => (await import('./serve.ts')).serve,
  }).option('--port <n>', 'the port, 0 for any that is free (default: 7411)', portNumber)
}

function declareCloud(command: Declare): void {
  onlyOnStack(
    command('push [paths...]', {
      does: 'bring files of the workspace up to AWS, or a version',
      example: 'itemwise push prompts inputs/problems.json',
      load: async () => (await import('./push.ts')).push,
    }),
  )

  onlyOnStack(
    command('pull [pipeline] [version]', {
      does: 'bring versions down from AWS into the workspace',
      example: 'itemwise pull problem_generator_module_4 v3',
      load: async () => (await import('./pull.ts')).pull,
    }),
  )

  onlyOnStack(
    command('follow <pipeline> [version]', {
      does: 'watch a run on AWS to its end',
      example: 'itemwise follow problem_generator_module_4',
      load: async () => (await import('./follow.ts')).follow,
    }),
  )

  onlyOnStack(
    command('abort <pipeline> [version]', {
      does: 'stop a run on AWS; it can be resumed',
      example: 'itemwise abort problem_generator_module_4 v3',
      load: async () => (await import('./abort.ts')).abort,
    }),
  )
}

/** Commands that have a pipeline and work on the stack alone. */
const awsOnly = ['pull', 'follow', 'abort']
const formats = ['csv', 'jsonl', 'json']

function everywhere(): Option[] {
  return [
    new Option('--workspace <dir>', 'the workspace (default: the nearest folder upwards with prompts/)'),
    new Option('--json', 'print one JSON document'),
    new Option('--verbose', 'print more; the stack of an error too'),
  ]
}

/** Where a command works: here, or on the stack. */
function targeted(command: Command): Command {
  return onStack(
    command.addOption(
      new Option('--target <place>', 'where it works; ITEMWISE_TARGET says it for all (default: local)').choices(
        placeNames,
      ),
    ),
  )
}

/** Only on the stack: --target aws may be said, and changes nothing. */
function onlyOnStack(command: Command): Command {
  return onStack(command.addOption(new Option('--target <place>', 'it works on AWS only').choices(['aws'])))
}

function onStack(command: Command): Command {
  return command.option('--stack <name>', 'the stack on AWS, else ITEMWISE_STACK (default: Itemwise)')
}

function detachable(command: Command): Command {
  return command.option('--detach', 'on AWS: start it and do not follow it')
}

function chosen(command: Command): Command {
  return command
    .option('--only <ids...>', 'only these items')
    .option('--skip <ids...>', 'all but these items')
    .option('--first <n>', 'try out the first n items, as a one-off that is not listed', wholeNumber)
    .option('--model <id>', 'the model, instead of the one in the request')
}

function labelled(command: Command): Command {
  return command
    .option('--status <label>', 'the label: draft, alpha, beta, rc, final, deprecated or your own')
    .option('--note, --notes <text>', 'what this version is about')
}

function asked(command: Command): Command {
  return command
    .option('--concurrency <n>', 'most calls under way at once', wholeNumber)
    .option('--max-cost <usd>', 'stop before it costs more than this; none: no limit', dollars)
    .option('--offline', 'answers made up by the stand-in: no account, no key, no cost')
}

function yes(): Option {
  return new Option('--yes', 'begin without asking, whatever confirm_above_usd says')
}

function dryRun(): Option {
  return new Option('--dry-run', 'check everything and say what would be done')
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    throw new InvalidArgumentError('Expected a port: a whole number from 0 to 65535.')
  return Number(text)
}

/** An amount above 0. */
function dollars(text: string): number | 'none' {
  if (text === 'none') return text
  const usd = /^\$?\d*\.?\d+$/.test(text) ? Number(text.replace('$', '')) : 0
  if (usd > 0) return usd
  throw new InvalidArgumentError('Expected an amount in USD above 0, such as 2.50, or none.')
}

/** The package's version. From dist/cli/ the package lies one folder further up than from cli/. */
function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'))
      if (name === 'itemwise') return version
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new RequestRefused(['package.json is missing beside itemwise. Expected the whole package. Install it again.'])
}

if (import.meta.main) await start()
