/**
 * Lets the API answer wrongly in every way with a name: once, and always. Says what happened and what the person saw; a flaw is whatever
 * happened otherwise than expected. `npx node test/campaigns/server-faults.ts --long` prints the table of docs/reliability.md.
 */
import type { FailureKind } from '../../core/errors.ts'
import type { Call, Fault } from '../anthropic-server.ts'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { type Campaign, command, twoAtATime } from './campaign.ts'

export interface ServerReport {
  faults: number
  calls: number
  /** The table: what the API did, what came of it the first time, what came of it for ever, what the person saw. */
  rows: string[][]
  flaws: string[]
}

/** 4 MB, more than any answer of today's models. */
const huge = JSON.stringify({ answer: 'x'.repeat(4_000_000) })

function message(text: string): object {
  const usage = { input_tokens: 10, output_tokens: 10 }
  const content = [{ type: 'text', text }]
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-5-5',
    content,
    stop_reason: 'end_turn',
    usage,
  }
}

type Outcome = FailureKind | 'answered'

interface Behaviour {
  what: string
  fault: Fault
  /** What comes of it if it happens once, and if it happens always. */
  once: Outcome
  always: Outcome
}

const retried = (what: string, fault: Fault, always: FailureKind): Behaviour => ({
  what,
  fault,
  once: 'answered',
  always,
})
const final = (what: string, fault: Fault, outcome: Outcome): Behaviour => ({
  what,
  fault,
  once: outcome,
  always: outcome,
})

/** Each for an item of its own; the others are not to notice. */
const behaviours: Behaviour[] = [
  final('a body that comes in eight pieces', { dribble_ms: 20 }, 'answered'),
  final('an answer that comes late', { delay_ms: 300 }, 'answered'),
  final('a thinking block first', { thinking: true }, 'answered'),
  final('an answer of 4 MB', { body: message(huge) }, 'answered'),
  retried('200 with a page of HTML', { html: true }, 'bad_response'),
  retried('200 with an empty body', { empty: true }, 'bad_response'),
  retried('200 with the body null', { body: null }, 'bad_response'),
  retried('200 with half a body', { garbled: true }, 'bad_response'),
  final('a message without usage', { message_with: { usage: undefined } }, 'answered'),
  final('a message without a stop reason', { message_with: { stop_reason: null } }, 'answered'),
  final('an answer as text/plain', { content_type: 'text/plain' }, 'answered'),
  final('an answer in gzip', { encoding: 'gzip' }, 'answered'),
  retried('an empty answer', { text: '' }, 'empty_answer'),
  retried('the answer null', { text: 'null' }, 'empty_answer'),
  retried('an answer that is no JSON', { text: 'Certainly!' }, 'invalid_json'),
  final('a refusal', { refusal: true }, 'refusal'),
  final('an answer cut off at max_tokens', { truncated: true }, 'max_tokens'),
  final('an unknown stop reason', { stop_reason: 'bored' }, 'stopped_early'),
  final('400', { status: 400 }, 'request_refused'),
  final('413', { status: 413 }, 'request_refused'),
  retried('500', { status: 500 }, 'server_error'),
  retried('503', { status: 503 }, 'server_error'),
  retried('the connection cut before a byte', { drop: 'before' }, 'connection'),
  retried('the connection cut in the status line', { cut: 'status_line' }, 'connection'),
  retried('the connection cut in the headers', { cut: 'headers' }, 'connection'),
  retried('the connection cut before the body', { cut: 'before_body' }, 'connection'),
  retried('the connection cut after the first byte of the body', { cut: 'first_byte' }, 'connection'),
  retried('the connection cut in the middle of the body', { cut: 'middle' }, 'connection'),
  retried('the connection cut before the last byte', { cut: 'last_byte' }, 'connection'),
  final('half a body, then nothing', { stall: true }, 'timeout'),
]

export const serverFaults: Campaign<ServerReport> = {
  async run({ long }): Promise<ServerReport> {
    const report: ServerReport = { faults: 0, calls: 0, rows: [], flaws: [] }
    const items = itemFaults(report, long ? 8 : 20)
    await twoAtATime(runFaults, (one) => runFault(report, one))
    await items
    report.rows.sort(([a = ''], [b = '']) => a.localeCompare(b))
    if (long) for (const row of report.rows) console.log(`| ${row.join(' | ')} |`)
    return report
  },
  closing: ({ faults, calls }) => `${faults} ways of answering wrongly, ${calls} calls`,
}

/**
 * Items 1, 3, 5 … meet a behaviour once, items 2, 4, 6 … always, with so many seconds for an answer: 8 as documented, more beside other
 * tests, where all 100 calls at once may starve.
 */
async function itemFaults(report: ServerReport, seconds: number): Promise<void> {
  const count = behaviours.length * 2
  await using story = await Story.begin(files({ items: count, max_concurrency: count, seconds }))
  const met = new Set<number>()
  story.api.answer = ({ prompt }) => {
    const number = numberIn(prompt)
    const { behaviour, always } = behaviourOf(number)
    const again = met.has(number)
    met.add(number)
    return always || !again ? behaviour.fault : undefined
  }
  const { code, err } = await story.run('run', 'pipelines/words.json')
  if (code !== 3) report.flaws.push(`the run ended with ${code}: ${err}`)
  if (story.metadata('words/v0').status !== 'completed') report.flaws.push('the run was not completed')
  const said = new Map(story.errors('words/v0', 1).map((row) => [row.item_index, row]))
  for (const { item_index, state, attempts, error } of story.ledger('words/v0', 1)) {
    const { behaviour, always } = behaviourOf(item_index)
    const outcome = state === 'answered' ? 'answered' : error?.kind
    const wanted = always ? behaviour.always : behaviour.once
    // Where the time ran out in the middle of a call, it is a time-out whatever went wrong before.
    const outOfTime = always && outcome === 'timeout' && attempts > 1
    if (outcome !== wanted && !outOfTime)
      report.flaws.push(`${behaviour.what}${always ? ' always' : ' once'}: ${outcome}, not ${wanted}`)
    if (!always) continue
    const seen = said.get(item_index)?.error.replaceAll('|', '\\|') ?? 'the answer'
    const once = behaviour.once === 'answered' ? 'answered' : behaviour.once
    report.rows.push([
      behaviour.what,
      once,
      `${outcome} after ${attempts} call${attempts === 1 ? '' : 's'}`,
      shortened(seen),
    ])
  }
  const calls = story.ledger('words/v0', 1).reduce((sum, line) => sum + line.attempts, 0)
  // A call that the deadline ended may not have reached the API.
  if (calls < story.sent.length) report.flaws.push(`the ledger counts ${calls} calls, the API ${story.sent.length}`)
  report.faults += count
  report.calls += story.sent.length
}

interface Setting {
  items: number
  max_concurrency: number
  /** Longest time for one answer. */
  seconds: number
}

function files({ items, max_concurrency, seconds }: Setting): Record<string, unknown> {
  // What is away for ever is waited for no longer than for one look.
  const settings = `answer_timeout_seconds: ${seconds}\nmax_tokens: 100000\ngive_up_after_minutes: 0\n`
  return { ...wordFiles(items, [{ ...step1, max_concurrency }]), 'itemwise.yaml': settings }
}

function behaviourOf(number: number): { behaviour: Behaviour; always: boolean } {
  return { behaviour: behaviours[Math.floor((number - 1) / 2)]!, always: number % 2 === 0 }
}

function numberIn(prompt: string): number {
  return Number(/w(\d+)\./.exec(prompt)?.[1])
}

function shortened(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}…`
}

interface RunFault {
  what: string
  answer: (call: Call) => Fault | undefined
  code: number
  says: RegExp
  /** Items that are answered in spite of it. */
  answered: number
  /** Time for each answer; what never works is to end soon. */
  seconds: number
}

const afterThree = (fault: Fault) => (call: Call) => (call.nth <= 3 ? undefined : fault)

/** What every call meets, of 6 items at most 2 at once. */
const runFaults: RunFault[] = [
  {
    what: '401 in the middle of a run',
    answer: afterThree({ status: 401, message: 'invalid bearer token' }),
    code: 1,
    says: /The API does not accept the key/,
    answered: 3,
    seconds: 10,
  },
  {
    what: '429 that means the spend cap',
    answer: afterThree({ status: 429, code: 'enforced_spend_limit_reached', message: 'limit' }),
    code: 1,
    says: /The spend limit of this account is reached/,
    answered: 3,
    seconds: 10,
  },
  {
    what: '429 for ever',
    answer: () => ({ status: 429 }),
    code: 1,
    says: /The API has not answered/,
    answered: 0,
    seconds: 1,
  },
  {
    what: '429 for ever, with retry-after: 60',
    answer: () => ({ status: 429, retry_after: 60 }),
    code: 1,
    says: /The API has not answered/,
    answered: 0,
    seconds: 1,
  },
  {
    what: '429 twice for each item',
    answer: ({ nthForPrompt }) => (nthForPrompt <= 2 ? { status: 429, retry_after: 0.05 } : undefined),
    code: 0,
    says: /6 of 6 answered/,
    answered: 6,
    seconds: 10,
  },
  {
    what: '529 for ever',
    answer: () => ({ status: 529 }),
    code: 1,
    says: /The API has not answered/,
    answered: 0,
    seconds: 1,
  },
]

async function runFault(
  report: ServerReport,
  { what, answer, code, says, answered, seconds }: RunFault,
): Promise<void> {
  await using story = await Story.begin(files({ items: 6, max_concurrency: 2, seconds }))
  story.api.answer = answer
  const ended = await story.run('run', 'pipelines/words.json')
  const said = ended.err + ended.out
  const calls = story.sent.length
  if (ended.code !== code) report.flaws.push(`${what}: it ended with ${ended.code}: ${said}`)
  if (!says.test(said)) report.flaws.push(`${what}: it said ${said}`)
  const { status, stats } = story.metadata('words/v0')
  if (stats.processed - stats.failed !== answered)
    report.flaws.push(`${what}: ${stats.processed - stats.failed} answered, not ${answered}`)
  const seen = said.split('\n').find((line) => says.test(line)) ?? ''
  report.rows.push([what, '', `${status}, exit code ${ended.code}, ${calls} calls for 6 items`, shortened(seen)])
  report.faults += 1
  report.calls += calls
  await askForRest(report, story, { what, answered, completed: status === 'completed' && code === 3 })
}

/** When the API is well again, exactly what is missing is asked for. */
async function askForRest(
  report: ServerReport,
  story: Story,
  { what, answered, completed }: { what: string; answered: number; completed: boolean },
): Promise<void> {
  if (answered === 6) return
  const before = story.sent.length
  story.api.answer = undefined
  const words = completed ? ['rerun', 'words', '--failed'] : ['resume', 'words']
  const { code, err } = await story.run(...words)
  if (code !== 0) report.flaws.push(`${what}, then ${words[0]}: ${code} ${err}`)
  const asked = story.sent.length - before
  if (asked !== 6 - answered) report.flaws.push(`${what}, then ${words[0]}: ${asked} calls instead of ${6 - answered}`)
}

if (import.meta.main) await command(serverFaults)
