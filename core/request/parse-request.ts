/** Reads a run request and the workspace's settings, naming every problem at once. */

import { type Document, parseDocument } from 'yaml'
import * as z from 'zod'
import { RequestRefused } from '../errors.ts'
import {
  type OnEnd,
  type RunRequest,
  runRequest,
  type WorkspaceSettings,
  workspaceFile,
  writtenRequest,
} from '../request.ts'
import type { Store } from '../store.ts'
import { describeIssues } from '../text/issues.ts'
import { isObject } from '../text/json.ts'
import { settleNumbers, yamlValueOf } from '../text/written-numbers.ts'
import { textIfThere } from '../versions/version-documents.ts'

/** Parses YAML or JSON text (JSON is YAML). Its numbers are settled by the check of what it is read as. Throws RequestRefused with line and column. */
export function parseYaml(text: string, where: string): unknown {
  const clean = text.replace(/^\uFEFF/, '')
  const document = parseDocument(clean, { prettyErrors: false, intAsBigInt: true })
  if (document.errors.length === 0) return yamlValue(document, where)
  const lines = (offset: number) => clean.slice(0, offset).split('\n')
  const kind = where.endsWith('.json') ? 'JSON' : 'YAML'
  const problems = document.errors.slice(0, mostErrors).map(({ pos, message }) => {
    const before = lines(pos[0])
    return `${where} is not ${kind} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}): ${message}`
  })
  const more = document.errors.length - problems.length
  if (more > 0)
    problems.push(
      `${where} is not ${kind} in ${more} more ${more === 1 ? 'place' : 'places'}, which may come of these. Correct these first.`,
    )
  throw new RequestRefused(problems)
}

/** After one that is wrong, a parser finds fault with most of what follows. */
const mostErrors = 3

/** An alias without its anchor, or too many aliases, come out only here. */
function yamlValue(document: Document.Parsed, where: string): unknown {
  try {
    return yamlValueOf(document) ?? {}
  } catch (cause) {
    const why = cause instanceof RangeError ? 'an alias leads back to itself' : (cause as Error).message
    throw new RequestRefused([`${where} is not YAML: ${why}.`], { cause })
  }
}

export interface ParsedRequest {
  /** Undefined if the request is so wrong that nothing more can be checked. */
  request: RunRequest | undefined
  problems: string[]
}

/** Checks a request's shape. Unknown and wrong fields are named and then left out, so that the rest is checked too. */
export function parseRequest(written: unknown, where: string): ParsedRequest {
  const { value: settled, problems: ofNumbers } = settleNumbers(written, where)
  const value = withStepNames(settled)
  const first = runRequest.safeParse(value, { reportInput: true })
  if (first.success) return { request: first.data, problems: ofNumbers }
  const problems = [...describeIssues(first.error, runRequest, where), ...ofNumbers]
  const rest = runRequest.safeParse(withoutProblems(value, first.error))
  return { request: rest.success ? rest.data : undefined, problems }
}

/** A step that has its prompt with it is called after its number if nothing is said. */
function withStepNames(value: unknown): unknown {
  if (!isObject(value) || !Array.isArray(value.steps)) return value
  const steps = value.steps.map((step, at) =>
    isObject(step) && 'prompt' in step && step.prompt_name === undefined
      ? { prompt_name: `step_${at + 1}`, ...step }
      : step,
  )
  return { ...value, steps }
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

/** The workspace's settings; none if there is no itemwise.yaml. Throws RequestRefused. */
export async function readWorkspaceSettings(store: Store): Promise<WorkspaceSettings> {
  const { on_end: _, ...settings } = await readFile(store)
  return settings
}

/** Whom to tell when a run has ended; it is never kept in a version. Throws RequestRefused. */
export async function readOnEnd(store: Store): Promise<OnEnd> {
  return (await readFile(store)).on_end ?? {}
}

async function readFile(store: Store): Promise<z.infer<typeof workspaceFile>> {
  const text = await textIfThere(store, settingsFile)
  if (text === undefined) return {}
  const { value, problems } = settleNumbers(parseYaml(text, settingsFile), settingsFile)
  const parsed = workspaceFile.safeParse(value, { reportInput: true })
  if (parsed.success && problems.length === 0) return parsed.data
  const others = parsed.success ? [] : describeIssues(parsed.error, workspaceFile, settingsFile)
  throw new RequestRefused([...others, ...problems])
}

/** The JSON Schema of the run request, for editors. */
export function runRequestSchema(): object {
  return { ...z.toJSONSchema(writtenRequest, { io: 'input' }), title: 'Itemwise run request' }
}
