/** The options that several commands share. */
import { InvalidArgumentError } from 'commander'
import { placeNames } from '../places/open-place.ts'
import { choice, option } from './command.ts'

const stack = option('--stack <name>', 'the stack on AWS (default: ITEMWISE_STACK, else Itemwise)')

/** Where a command works. */
export const place = [
  choice('--target <place>', 'where to work (default: ITEMWISE_TARGET, else local)', placeNames),
  stack,
] as const

/** For commands that work on AWS only. */
export const onlyOnStack = [
  { ...choice('--target <place>', 'where to work: this command needs AWS', ['aws']), preset: 'aws' },
  stack,
] as const

/** For commands that follow a run that has no process here: one on AWS, or one that waits for message batches. */
export const placeOfRun = [
  choice('--target <place>', 'where the run is (default: here if it waits for message batches, else aws)', placeNames),
  stack,
] as const

export const detach = option(
  '--detach',
  'on AWS: start the run without following it; here, at half price: send the message batches and return',
)

/** Message batches. */
export const halfPrice = [
  option('--half-price', 'ask by message batch: half the price, and answers within a day, mostly within an hour'),
  option('--deadline <time>', 'at half price: how long to wait for message batches, such as 4h or 90m'),
  choice('--after-deadline <what>', 'what becomes of items without an answer then (default: live)', ['live', 'stop']),
] as const

export const whereFlags = '--where <expression>'

/** Of what would be taken otherwise. */
export const chosenIds = [option('--ids-from <file>', 'the ids in this file, one a line, or a JSON array')] as const

export const sampling = [
  option('--sample <n>', 'only n of these items, drawn by chance', wholeNumber),
  option('--seed <n>', 'draw another sample; the same seed draws the same (default: 1)', wholeOrZero),
] as const

export const drawing = [...chosenIds, ...sampling] as const

export const notify = option('--notify', 'when the run has ended, show a notice on the desktop and ring the bell')

/** Which items of a request, and by which model. */
export const selection = [
  option('--only <ids...>', 'process only these items'),
  option('--skip <ids...>', 'process all items except these'),
  option(whereFlags, 'process only the items that a JSONata expression takes: grade >= 4 and topic = "money"'),
  ...drawing,
  option('--first <n>', 'try the first n items, as a one-off run that is not listed', wholeNumber),
  option('--model <id>', 'use this model instead of the one in the request'),
] as const

const keptWhere = option(
  whereFlags,
  'only the items that a JSONata expression takes: grade >= 4 and answer.topic = "money"',
)

/** Of what a command would take, only some: for versions that are there. */
export const among = [
  keptWhere,
  option('--step <step>', 'the step whose answers and ledger --where means, by number or prompt (default: the last)'),
] as const

/** As `among`, for a command that shows one item, too. */
export const oneOrAmong = [
  keptWhere,
  option(
    '--step <step>',
    'only this step of an item, or the step that --where means (default: all, or the last), by number or prompt',
  ),
] as const

/** Which answers are meant, why, and who says it. */
export const said = [
  option('--step <step>', 'the step whose answers are meant, by number or prompt (default: the last)'),
  option('--version <version>', 'the version in which you read them (default: the latest)'),
  option('--comment <text>', 'why, or what to change'),
  option('--by <name>', 'who says it (default: user.name of git, else your user name)'),
] as const

/** What is said of answers, and by whom. */
export const saying = [...chosenIds, ...said, ...place] as const

export const labels = [
  option('--status <label>', 'the label: draft, alpha, beta, rc, final, deprecated or your own'),
  option('--note, --notes <text>', 'what this version is about'),
] as const

/** How the model is asked. */
export const asking = [
  option('--concurrency <n>', 'the most requests at a time', wholeNumber),
  option('--max-cost <usd>', 'stop before the run costs more than this; none: no limit', dollars),
  option('--offline', 'use made-up answers: no account, no key, no cost'),
] as const

export const beforehand = [
  option('--yes', 'start without asking, whatever confirm_above_usd says, and whatever a fresh run leaves behind'),
  option('--dry-run', 'check everything and show what would be done'),
] as const

/** From 1. Throws InvalidArgumentError. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}

/** From 0. Throws InvalidArgumentError. */
function wholeOrZero(text: string): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 0.')
  return Number(text)
}

/** An amount above 0. Throws InvalidArgumentError. */
export function dollars(text: string): number | 'none' {
  if (text === 'none') return text
  const usd = /^\$?\d*\.?\d+$/.test(text) ? Number(text.replace('$', '')) : 0
  if (usd > 0) return usd
  throw new InvalidArgumentError('Expected an amount in USD above 0, such as 2.50, or none.')
}

/** Throws InvalidArgumentError. */
export function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    throw new InvalidArgumentError('Expected a port: a whole number from 0 to 65535.')
  return Number(text)
}

/** What `export --with` can join to an answer. */
export const exportParts = ['input', 'all-steps', 'ledger'] as const
export type ExportPart = (typeof exportParts)[number]

/** Reads `input,all-steps`. Throws InvalidArgumentError. */
export function partsIn(text: string): ExportPart[] {
  const words = text.split(',').map((word) => word.trim())
  const isPart = (word: string): word is ExportPart => exportParts.some((part) => part === word)
  const parts = words.filter(isPart)
  if (parts.length === words.length) return parts
  throw new InvalidArgumentError(`Expected one or more of ${exportParts.join(', ')}, separated by commas.`)
}
