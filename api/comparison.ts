/** The route of a comparison: what changed in a step from an earlier version to this one. */
import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { type Changed, changeCodes } from '../core/rows/changed-column.ts'
import {
  type Difference,
  differenceKinds,
  differencesIn,
  readDifferences,
  type Side,
} from '../core/rows/differences.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { compareInstructions } from '../core/versions/compare.ts'
import { knownVersion } from '../core/versions/versions.ts'
import type { Call } from './call.ts'
import { mostAtOnce, usually } from './page.ts'
import type { Ports } from './ports.ts'
import type { comparisonPage } from './row-documents.ts'
import { rowsOfCall } from './rows.ts'
import { standingOf } from './standing.ts'
import { notYet, stepIn } from './step-in.ts'

type Page = z.infer<typeof comparisonPage>

/** A Lambda answers 6 MB. */
const mostCharacters = 2_000_000
const longestAnswer = 100_000

/** Only what changed, one item after the other. */
export async function compareWith({ store, tables }: Ports, call: Call): Promise<Page> {
  const [from, limit] = [call.count('from') ?? 0, call.number('limit', mostAtOnce) ?? usually]
  const kind = call.oneOf('kind', differenceKinds)
  const named = call.text('against', 60)
  const { rows: later, ref, about, step } = await rowsOfCall({ store, tables }, call)
  const against = await earlierOf(store, ref, named)
  const earlier = await tables.rowsOf(against, await stepIn(store, against, step.step))
  if (earlier === undefined) throw notYet(against, step.step, 'it can be compared')
  const changed = await later.changes(against)
  const found = differencesIn({ earlier, later, changed }, kind)
  const differences: Page['differences'] = []
  let room = mostCharacters
  for await (const one of readDifferences(store, { earlier, later }, found.slice(from, from + limit))) {
    room -= Math.min(longestAnswer, lengthOf(one.before)) + Math.min(longestAnswer, lengthOf(one.after))
    if (room < 0 && differences.length > 0) break
    differences.push(documentOf(one))
  }
  return {
    ...{ ...about, against: against.version, counts: countsOf(changed) },
    instructions: await compareInstructions(store, changed.pair),
    ...{ total: found.length, from, differences },
  }
}

async function earlierOf(store: Store, ref: VersionRef, named: string | undefined): Promise<VersionRef> {
  if (named !== undefined) return { ...ref, version: await knownVersion(store, ref.pipeline, named) }
  const base = (await store.version(ref))?.metadata.base_version
  if (base != null) return { ...ref, version: base }
  throw new RequestRefused([
    `${ref.version} of ${ref.pipeline} is based on no version. Expected against=v3, or another.`,
  ])
}

function countsOf({ codes, removed }: Changed): Page['counts'] {
  const counts = [0, 0, 0, 0]
  for (const code of codes) counts[code]! += 1
  const { same, changed, added } = changeCodes
  return { same: counts[same]!, changed: counts[changed]!, added: counts[added]!, removed: removed.length }
}

function lengthOf(side: Side | null): number {
  return side?.answer?.length ?? 0
}

function documentOf({ kind, before, after }: Difference): Page['differences'][number] {
  const { item_id, root_id } = (after ?? before)!.line
  const cut = [before, after].some((side) => lengthOf(side) > longestAnswer)
  return { kind, item_id, root_id, before: sideDocument(before), after: sideDocument(after), cut }
}

function sideDocument(side: Side | null): Page['differences'][number]['before'] {
  if (side === null) return null
  return { ...standingOf(side), answer: side.answer?.slice(0, longestAnswer) ?? null }
}
