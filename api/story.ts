/** The route of an item's story: what each version of the pipeline says of it. */
import type * as z from 'zod'
import type { LedgerLine, Metadata } from '../core/documents.ts'
import { versionPageKey, versionPrefix } from '../core/pages.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { findItem } from '../core/versions/find-item.ts'
import { linesOfIds } from '../core/versions/indexed-ledger.ts'
import { StepAnswers } from '../core/versions/step-answers.ts'
import { placeOf, versionSteps } from '../core/versions/version-steps.ts'
import type { Call } from './call.ts'
import type { itemStory } from './documents.ts'
import { standingIn } from './item-in-step.ts'
import { nextToken, wantedPage } from './page.ts'
import type { Ports } from './ports.ts'
import { HttpProblem } from './problem.ts'
import { stepIn } from './step-in.ts'
import { versionIn } from './version-in.ts'

type Story = z.infer<typeof itemStory>
type Told = Story['versions'][number]

/** What each version says of an item in a step, newest first. */
export async function tellStory({ store, tables, pages }: Ports, call: Call): Promise<Story> {
  const { limit, after } = wantedPage(call, versionPrefix)
  const number = call.number('step', 99)
  const { ref } = await versionIn(store, call)
  const step = number ?? (await versionSteps(store, ref)).at(-1)?.step ?? 1
  await stepIn(store, ref, step)
  const root_id = await rootIdOf(store, ref, call.name('item_id'))
  // One more than is told: the oldest is compared with the one before.
  const { found } = await pages.versions(ref.pipeline, { limit: limit + 1, after })
  const told = await Promise.all(
    found.map((metadata) => inVersion({ store, tables }, { ref, metadata, step, root_id })),
  )
  const versions = told.slice(0, limit).map((one, at) => ({ ...one, same_as_before: isSame(one, told[at + 1]) }))
  const last = told.length > limit ? told[limit - 1] : undefined
  const { pipeline } = ref
  return { pipeline, root_id, step, versions, next: nextToken(last && versionPageKey(last.version)) }
}

type InVersion = Omit<Told, 'same_as_before'>

function isSame({ answer }: InVersion, before: InVersion | undefined): boolean | null {
  return answer === null || before === undefined || before.answer === null ? null : answer === before.answer
}

async function rootIdOf(store: Store, ref: VersionRef, id: string): Promise<string> {
  const [found] = await findItem(store, ref, id)
  if (found !== undefined) return found.line?.root_id ?? id
  throw new HttpProblem('not-found', `${ref.pipeline} ${ref.version} has no item ${id}.`)
}

interface Wanted {
  ref: VersionRef
  metadata: Metadata
  step: number
  root_id: string
}

async function inVersion(
  { store, tables }: Pick<Ports, 'store' | 'tables'>,
  { ref: { pipeline }, metadata, step, root_id }: Wanted,
): Promise<InVersion> {
  const { version, timestamp, pipeline_status, status } = metadata
  const ref = { pipeline, version }
  const [line] = await linesOfIds(store, ref, { step, ids: [root_id] })
  const about = { version, timestamp, pipeline_status, status }
  if (line === undefined) return { ...about, line: null, answer: null, standing: null }
  const answer = await answerOf(store, ref, { step, line })
  return { ...about, line, answer, standing: await standingIn({ tables }, ref, { step, line, answer }) }
}

/** As it stands in the file. */
async function answerOf(
  store: Store,
  ref: VersionRef,
  { step, line }: { step: number; line: LedgerLine },
): Promise<string | null> {
  const versionStep = (await versionSteps(store, ref)).find((one) => one.step === step)
  if (versionStep === undefined) return null
  const answers = new StepAnswers(store, placeOf(ref, versionStep), { isOne: true })
  try {
    return (await answers.see(line)).answer
  } finally {
    await answers.close()
  }
}
