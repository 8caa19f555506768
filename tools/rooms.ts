/** The rooms of the repository: what each is for, and what it may import. test/house.test.ts holds this table; docs/architecture.md shows it. */

export interface Room {
  /** One sentence. */
  purpose: string
  /** Our rooms it may import, besides itself. */
  ours: string[]
  /** What it may import from npm and from Node. */
  others: (name: string) => boolean
}

const pureLibraries = [
  'zod',
  'ajv',
  'ajv-formats',
  'csv-parse',
  'diff',
  'fastest-levenshtein',
  'jsonc-parser',
  're2js',
  'yaml',
  'node:crypto',
  'node:buffer',
]
const cloud = /^(@aws-sdk\/|aws-cdk-lib|@aws-lambda-powertools\/)/

const pure = (name: string) => pureLibraries.includes(packageOf(name))

/** A room inside core/: pure, and it may import the contract and these rooms beside it. */
function inCore(purpose: string, ...beside: string[]): Room {
  return { purpose, ours: ['core', ...beside.map((room) => `core/${room}`)], others: pure }
}

export const rooms: Readonly<Record<string, Room>> = {
  core: {
    purpose: 'The contract: the flow, errors, documents, the request, and the ports of store and model.',
    ours: [],
    others: pure,
  },
}

/** `@aws-sdk/client-s3` of `@aws-sdk/client-s3/dist`. */
export function packageOf(name: string): string {
  if (name.startsWith('node:')) return name
  const parts = name.split('/')
  return parts.slice(0, name.startsWith('@') ? 2 : 1).join('/')
}
