/** The command line: lists the commands and reads what was typed. A command's code is loaded when it is called. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { RequestRefused } from '../core/errors.ts'
import { isAskedOffline } from '../runners/asked-offline.ts'
import { abort } from './commands/abort.ts'
import { adopt } from './commands/adopt.ts'
import { apply } from './commands/apply.ts'
import { approve } from './commands/approve.ts'
import { clear } from './commands/clear.ts'
import { commanderOption, type Command as Declared, everywhere } from './commands/command.ts'
import { comment } from './commands/comment.ts'
import { compare } from './commands/compare.ts'
import { completion } from './commands/completion.ts'
import { disk } from './commands/disk.ts'
import { doctor } from './commands/doctor.ts'
import { edit } from './commands/edit.ts'
import { estimate } from './commands/estimate.ts'
import { exportCommand } from './commands/export.ts'
import { flag } from './commands/flag.ts'
import { follow } from './commands/follow.ts'
import { importReviews } from './commands/import-reviews.ts'
import { init } from './commands/init.ts'
import { label } from './commands/label.ts'
import { list } from './commands/list.ts'
import { models } from './commands/models.ts'
import { prune } from './commands/prune.ts'
import { pull } from './commands/pull.ts'
import { push } from './commands/push.ts'
import { remove } from './commands/remove.ts'
import { report } from './commands/report.ts'
import { rerun } from './commands/rerun.ts'
import { resume } from './commands/resume.ts'
import { review } from './commands/review.ts'
import { reviews } from './commands/reviews.ts'
import { run } from './commands/run.ts'
import { serve } from './commands/serve.ts'
import { show } from './commands/show.ts'
import { spend } from './commands/spend.ts'
import { table } from './commands/table.ts'
import { tryCommand } from './commands/try.ts'
import { codeAfterLoss } from './lost-output.ts'
import type { StoreFlags } from './place-flags.ts'
import { type ProcessContext, processTerminal, type Terminal } from './terminal.ts'

/** What a command is started with, and where its exit code goes; `process` has it. */
export type StartedWith = ProcessContext & Pick<NodeJS.Process, 'argv' | 'exitCode'>

/** Runs the one command that a process, or what stands for one, was started with. */
export async function start(started: StartedWith = process): Promise<void> {
  const args = started.argv.slice(2)
  const terminal = processTerminal(started)
  const code = await main(args, terminal)
  await terminal.stdout.ended()
  started.exitCode = codeAfterLoss({ code, command: args[0] ?? '', lost: terminal.stdout.lost }, terminal.note)
}

/** Runs the command that `args` name and returns its exit code: 0 done, 3 done but items failed, 2 refused, 1 failed, 130 interrupted. */
export async function main(args: string[], terminal: Terminal): Promise<number> {
  if (args[0] === askingWord) return (await import('./complete.ts')).complete(args.slice(1), commands, terminal)
  let code = 0
  const program = itemwise(terminal, async (declared, command) => {
    const flags = withOffline(declared, command.optsWithGlobals<StoreFlags & { offline?: boolean }>(), terminal)
    code = await declared.run(await wordsOf(command, flags, terminal), flags, terminal)
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

/** ITEMWISE_OFFLINE saves the flag, for the commands that have it. Throws RequestRefused. */
function withOffline<Flags extends { offline?: boolean }>(
  { options }: Declared,
  flags: Flags,
  { env }: Terminal,
): Flags {
  if (flags.offline !== undefined || !options.some(({ flags: declared }) => declared === '--offline')) return flags
  return isAskedOffline(env) ? { ...flags, offline: true } : flags
}

/** The word with which a shell asks what may come next; completion.ts has it, too, and is not loaded for it. */
const askingWord = '__complete'

/** The words behind a command; that of a pipeline may be the name of its request file. */
async function wordsOf(command: Command, flags: StoreFlags, terminal: Terminal): Promise<string[]> {
  const [word, ...others] = command.args
  if (word === undefined || command.registeredArguments[0]?.name() !== 'pipeline') return command.args
  const { pipelineOfRequest } = await import('./pipeline-of-request.ts')
  return [await pipelineOfRequest(word, flags, terminal), ...others]
}

const commands: readonly Declared[] = [
  ...[run, tryCommand, estimate, resume, rerun, init],
  ...[list, show, table, compare, label, remove, exportCommand, report, doctor],
  ...[review, approve, flag, comment, clear, edit, reviews, importReviews, apply, adopt],
  ...[spend, disk, prune, models],
  serve,
  completion,
  ...[push, pull, follow, abort],
]

type Call = (declared: Declared, command: Command) => Promise<void>

function itemwise(terminal: Terminal, call: Call): Command {
  const program = new Command('itemwise')
    .description('Runs a prompt over every item of a JSON array with Claude, and keeps every run as a version.')
    .version(packageVersion(), '-V, --version', 'print the version of itemwise')
    .exitOverride()
    .showHelpAfterError('(itemwise --help lists the commands)')
    .enablePositionalOptions()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.note, getOutHelpWidth: () => terminal.columns })
    // Without the [options] that all have, and however narrow the second column gets, texts break at words.
    .configureHelp({ minWidthToWrap: 16, subcommandTerm: (command) => termOf(command) })
  for (const option of everywhere) program.addOption(commanderOption(option))
  for (const declared of commands) {
    const added = program.command(declared.usage).description(declared.does)
    added.addHelpText('after', `\nExample:\n  ${declared.example}`)
    added.showHelpAfterError(`(itemwise ${added.name()} --help shows how to use it)`)
    for (const option of declared.options) added.addOption(commanderOption(option))
    added.action(() => call(declared, added))
  }
  return program
}

function termOf(command: Command): string {
  return [command.name(), command.usage().replace(/^\[options\] ?/, '')].filter(Boolean).join(' ')
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
