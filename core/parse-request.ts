/** Reads a run request and the workspace's settings, naming every problem at once. */

import { type Document, parseDocument } from 'yaml'
import * as z from 'zod'
import { RequestRefused } from './errors.ts'
import { describeIssues } from './issues.ts'
import { isObject } from './json.ts'
import { type RunRequest, runRequest, type WorkspaceSettings, workspaceSettings } from './request.ts'
import type { Store } from './store.ts'
import { textIfThere } from './version-documents.ts'

/** Parses YAML or JSON text (JSON is YAML). Throws RequestRefused with line and column. */
export function parseYaml(text: string, where: string): unknown {
  const clean = text.replace(/^\uFEFF/, '')
  const document = parseDocument(clean, { prettyErrors: false, intAsBigInt: true })
  if (document.errors.length === 0) return yamlValue(document, where)
  const lines = (offset: number) => clean.slice(0, offset).split('\n')
  throw new RequestRefused(
    document.errors.map(({ pos, message }) => {
      const before = lines(pos[0])
      return `${where} is not ${where.endsWith('.json') ? 'JSON' : 'YAML'} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}): ${message}`
    }),
  )
}

/** An alias without its anchor, or too many aliases, come out only here. */
function yamlValue(document: Document.Parsed, where: string): unknown {
  try {
    return withPlainNumbers(document.toJS()) ?? {}
  } catch (cause) {
    throw new RequestRefused([`${where} is not YAML: ${(cause as Error).message}.`], { cause })
  }
}

/** Whole numbers as numbers; one that a number cannot hold (an id of twenty digits) as its text, which is what ids are compared by. */
function withPlainNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (Array.isArray(value)) return value.map(withPlainNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPlainNumbers(inner)]))
}

export interface ParsedRequest {
  /** Undefined where the request is so wrong that nothing more can be checked. */
  request: RunRequest | undefined
  problems: string[]
}

/** Checks a request's shape. Unknown and wrong fields are named and then left out, so that the rest is checked too. */
export function parseRequest(value: unknown, where: string): ParsedRequest {
  const first = runRequest.safeParse(value, { reportInput: true })
  if (first.success) return { request: first.data, problems: [] }
  const problems = describeIssues(first.error, runRequest, where)
  const rest = runRequest.safeParse(withoutProblems(value, first.error))
  return { request: rest.success ? rest.data : undefined, problems }
}

function withoutProblems(value: unknown, error: z.ZodError): unknown {
  const copy = structuredClone(value)
  for (const issue of error.issues) {
    const [path, keys] =
      issue.code === 'unrecognized_keys' ? [issue.path, issue.keys] : [issue.path.slice(0, -1), issue.path.slice(-1)]
    const holder = path.reduce<unknown>(
      (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
      copy,
    )
    if (isObject(holder)) for (const key of keys) delete holder[String(key)]
  }
  return copy
}

const settingsFile = 'itemwise.yaml'

/** The workspace's settings; none where there is no itemwise.yaml. Throws RequestRefused. */
export async function readWorkspaceSettings(store: Store): Promise<WorkspaceSettings> {
  const text = await textIfThere(store, settingsFile)
  if (text === undefined) return {}
  const parsed = workspaceSettings.safeParse(parseYaml(text, settingsFile), { reportInput: true })
  if (parsed.success) return parsed.data
  throw new RequestRefused(describeIssues(parsed.error, workspaceSettings, settingsFile))
}

/** The JSON Schema of the run request, for editors. */
export function runRequestSchema(): object {
  return { ...z.toJSONSchema(runRequest, { io: 'input' }), title: 'Itemwise run request' }
}
