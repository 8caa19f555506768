/** `itemwise show <pipeline> [version] --grep <pattern>`: where the answers of a version have a text. */
import { RequestRefused } from '../core/errors.ts'
import { dottedFields } from '../core/items/dotted-fields.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { type Json, jsonText } from '../core/text/json.ts'
import { linearSearch } from '../core/text/linear-pattern.ts'
import { namedStep } from '../core/versions/find-step.ts'
import { wholeOutput } from '../core/versions/step-output.ts'
import { versionSteps } from '../core/versions/version-steps.ts'
import { cutTo } from './columns.ts'
import { countText } from './number-text.ts'
import { printable } from './printable.ts'
import { takenItems } from './taken-items.ts'
import type { Terminal } from './terminal.ts'

interface Grep {
  ref: VersionRef
  pattern: string
  where: string | undefined
  step: string | undefined
  json: boolean
}

interface Hit {
  /** Of a single call null. */
  item: string | null
  step: number
  field: string
  text: string
  /** Where the match begins in the text. */
  at: number
}

type Search = (text: string) => number

/** Exit code 0, or 1 if nothing was found, as of grep. Throws RequestRefused for a pattern that cannot be used. */
export async function showGrep(
  store: Store,
  { ref, pattern, where, step, json }: Grep,
  terminal: Terminal,
): Promise<number> {
  const search = searchOf(pattern)
  const all = (await versionSteps(store, ref)).flatMap(({ resolved }) => resolved ?? [])
  const steps = step === undefined ? all : [namedStep(all, step, `${ref.version} of ${ref.pipeline}`)]
  const hits: Hit[] = []
  for (const resolved of steps) {
    if (!resolved.batch_mode) {
      if (where === undefined)
        hits.push(...hitsIn(await wholeAnswer(store, ref, resolved), { item: null, step: resolved.step, search }))
      continue
    }
    const pick = ({ root_id, answer }: { root_id: string; answer?: Json | undefined }) =>
      hitsIn(answer, { item: root_id, step: resolved.step, search })
    const choice = { where: where ?? 'true', step: String(resolved.step), withAnswers: true, pick }
    hits.push(...(await takenItems(store, ref, choice)).taken.flat())
  }
  if (json) terminal.out(`${jsonText({ ...ref, pattern, found: hits }, 2)}\n`)
  else for (const hit of hits) terminal.out(`${lineOf(hit, { steps: all.length, columns: terminal.columns })}\n`)
  if (!json) terminal.note(`${countText(hits.length)} found in ${ref.version} of ${ref.pipeline}.\n`)
  return hits.length === 0 ? 1 : 0
}

/** Capital letters do not matter. */
function searchOf(pattern: string): Search {
  try {
    const find = linearSearch({ source: pattern, flags: 'i' })
    return (text) => find(text, 0)?.index ?? -1
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : String(cause)
    throw new RequestRefused(
      [
        `--grep ${pattern} cannot be searched (${reason}). Expected a regular expression; write \\ before characters such as ( or ?.`,
      ],
      { cause },
    )
  }
}

async function wholeAnswer(
  store: Store,
  ref: VersionRef,
  step: Parameters<typeof wholeOutput>[2],
): Promise<Json | undefined> {
  const text = await wholeOutput(store, ref, step)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function hitsIn(
  answer: Json | undefined,
  { item, step, search }: { item: string | null; step: number; search: Search },
): Hit[] {
  if (answer === undefined) return []
  return dottedFields(answer).flatMap(([field, value]) => {
    const text = typeof value === 'string' ? value : jsonText(value)
    const at = search(text)
    return at < 0 ? [] : [{ item, step, field, text, at }]
  })
}

/** Shows enough text before the match to tell where it is. */
const before = 30

function lineOf({ item, step, field, text, at }: Hit, { steps, columns }: { steps: number; columns: number }): string {
  const place = [
    ...(item === null ? [] : [printable(item)]),
    ...(steps > 1 ? [`step ${step}`] : []),
    ...(field === '' ? [] : [printable(field)]),
  ]
  const start = `${place.join('  ')}: `
  const from = Math.max(0, at - before)
  const around = `${from > 0 ? '…' : ''}${text.slice(from).toWellFormed()}`
  return `${start}${cutTo(printable(around), Math.max(20, columns - start.length))}`
}
