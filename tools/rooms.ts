/**
 * The rooms of the repository: what each is for, and what it may import. test/architecture-rules.test.ts holds this table; docs/architecture.md shows it.
 * Long, since it is one table.
 */

export interface Room {
  /** One sentence. */
  purpose: string
  /** Our rooms it may import, besides itself. `core` there means all of core's rooms, `models` all of models'. */
  ours: string[]
  /** What it may import from npm and from Node. */
  others: (name: string) => boolean
}

const pureLibraries = new Set([
  'zod',
  'ajv',
  'ajv-formats',
  'diff',
  'fastest-levenshtein',
  'jsonata',
  'jsonc-parser',
  're2js',
  'yaml',
  'node:crypto',
  'node:buffer',
  // Compression is a function of bytes that comes as a stream.
  'node:zlib',
  'node:stream',
  'node:stream/promises',
])

const pure = (name: string) => pureLibraries.has(packageOf(name))
const cloud = /^(@aws-sdk\/|aws-cdk-lib|@aws-lambda-powertools\/)/

/** A room inside core/: pure, and it may import the contract and the rooms named. */
function inCore(purpose: string, ...rooms: string[]): Room {
  return { purpose, ours: ['core contract', ...rooms.map((room) => `core/${room}`)], others: pure }
}

export const rooms: Readonly<Record<string, Room>> = {
  core: {
    purpose: 'The contract: the flow, the errors, the documents, the request, and the ports of store and model.',
    ours: [],
    others: pure,
  },
  'core/text': inCore(
    'Reads and writes text: JSON without losing a digit, lines, ids, nearest words, sentences of Zod.',
  ),
  'core/choice': inCore(
    'Chooses items: by an expression over item, answer and ledger, or by a sample that can be drawn again.',
    'text',
  ),
  'core/templates': inCore('From a template and an item to the prompt that is sent, and its fingerprint.', 'text'),
  'core/money': inCore('Prices, spending, budgets, caching, and how many tokens a prompt has.', 'templates', 'text'),
  'core/versions': inCore(
    'Reads what a version keeps: its documents, ledgers and answers, each checked; compares versions and finds edits.',
    'money',
    'templates',
    'text',
  ),
  'core/items': inCore(
    'The items of a step: read from its input, given their ids, and what happens to each and why.',
    'choice',
    'templates',
    'text',
    'versions',
  ),
  'core/reviews': inCore(
    'What people say of answers: the acts, the state of an answer that follows from them, and edits on their way into a version.',
    'answers',
    'items',
    'text',
    'versions',
  ),
  'core/rows': inCore(
    'The items of a step as rows of a table: chosen by filters, put in order, counted, and searched for a text.',
    'answers',
    'items',
    'oddities',
    'reviews',
    'text',
    'versions',
  ),
  'core/answers': inCore('Asks the model for an answer, and judges what came back.', 'money', 'templates', 'text'),
  'core/request': inCore(
    'Reads and checks a request before anything is paid for: its steps, its base, and every prompt it would send.',
    'answers',
    'choice',
    'items',
    'money',
    'reviews',
    'templates',
    'text',
    'versions',
  ),
  'core/stages': inCore(
    'The six stages of every run: open, plan, process, collate, publish, and fail.',
    'answers',
    'choice',
    'items',
    'money',
    'oddities',
    'request',
    'reviews',
    'templates',
    'text',
    'versions',
  ),
  'core/oddities': inCore('Finds what is valid and odd among the answers of a step.', 'text'),
  'core/estimate': inCore(
    'Says what a run will take, before it is begun.',
    'money',
    'request',
    'templates',
    'text',
    'versions',
  ),
  'core/doctor': inCore(
    'Finds what killed processes, broken disks and editors leave in a version, and mends it.',
    'items',
    'money',
    'stages',
    'templates',
    'text',
    'versions',
  ),
  'models/calls': {
    purpose: 'What calls to any API need: connections, pace, time limits, retries, outages, and texts without secrets.',
    ours: ['core'],
    others: (name) => /^(undici$|node:(?!fs))/.test(name),
  },
  'models/claude': {
    purpose: 'All that is known of Claude: the table of its models, the rules of its API, and the model that asks it.',
    ours: ['core', 'models/calls'],
    others: (name) => !cloud.test(name) && !name.startsWith('node:fs'),
  },
  'models/offline': {
    purpose: 'The stand-in, which makes up answers in this process.',
    ours: ['core'],
    others: (name) => name.startsWith('node:') && !name.startsWith('node:fs'),
  },
  stores: {
    purpose: 'Keeps and finds things: a folder, or S3 and DynamoDB.',
    ours: ['core'],
    others: (name) => !name.startsWith('@anthropic-ai/'),
  },
  formats: {
    purpose:
      'Reads and writes what other programs have: CSV of any kind, spreadsheets, Parquet, folders of texts, stdin.',
    ours: ['core'],
    others: (name) => /^(node:|saxen$|yauzl$|yazl$|hyparquet(-writer|-compressors)?$|csv-stringify(\/|$))/.test(name),
  },
  executions: {
    purpose: 'Executions of the state machine on AWS: starts one, says how it stands, and stops it.',
    ours: ['core', 'stores', 'api'],
    others: (name) => /^(@aws-sdk\/client-sfn|ulid$|node:util)/.test(name),
  },
  runners: {
    purpose: 'Drives the stages: in this process, or by following an execution on AWS.',
    ours: ['core', 'formats', 'models', 'stores', 'executions'],
    others: (name) => !name.startsWith('node:fs'),
  },
  api: {
    purpose: 'The HTTP API as one app over ports; the Lambda and the local server adapt it.',
    ours: ['core'],
    others: (name) => /^(hono(\/|$)|zod$)/.test(name),
  },
  lambdas: {
    purpose: 'One file a function, named as its stage; translates between events and stages.',
    ours: ['core', 'api', 'models', 'stores', 'executions'],
    others: (name) => /^(@aws-sdk\/|@aws-lambda-powertools\/|aws-lambda$|hono(\/aws-lambda)?$|zod$|node:)/.test(name),
  },
  page: {
    purpose: 'The page of `itemwise review` in the browser: a client of the HTTP API, and of nothing else.',
    ours: [],
    others: (name) =>
      /^(preact|@preact\/signals|codemirror|@codemirror|@cfworker|diff|dompurify|markdown-it)(\/|$)/.test(name),
  },
  infra: {
    purpose: 'The CDK app. It names a Lambda by its file only.',
    ours: ['core'],
    others: (name) => /^(aws-cdk-lib|constructs$|cdk-nag$|esbuild$|zod$|node:)/.test(name),
  },
  workspace: {
    purpose:
      'What a command or a program does with a workspace, here or on a stack: starts runs, finds versions, reads, labels and exports them.',
    ours: ['core', 'formats', 'models', 'stores', 'executions', 'runners'],
    others: (name) => /^(zod|node:(path|fs|v8)|p-limit|@aws-sdk\/client-(cloudformation|sfn|sts))$/.test(name),
  },
  cli: {
    purpose: 'The command line, one file a command: parse, call, print.',
    ours: ['core', 'api', 'formats', 'models', 'stores', 'executions', 'runners', 'workspace'],
    others: (name) => !name.startsWith('@anthropic-ai/'),
  },
}

/** Whether a room may import from another of ours. */
export function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const { ours } = rooms[from]!
  if (to === 'core') return ours.includes('core') || ours.includes('core contract')
  return ours.some((room) => to === room || to.startsWith(`${room}/`))
}

/** `@aws-sdk/client-s3` of `@aws-sdk/client-s3/dist`. */
export function packageOf(name: string): string {
  if (name.startsWith('node:')) return name
  const parts = name.split('/')
  return parts.slice(0, name.startsWith('@') ? 2 : 1).join('/')
}
