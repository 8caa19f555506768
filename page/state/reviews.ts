/**
 * What is said of answers. It is shown at once, sent in the order in which it was said, and taken back with a message if the server
 * refuses it. Nothing counts as kept before the server has said so.
 * Long, since what is shown, sent and taken back works on the same acts.
 */
import { computed, signal } from '@preact/signals'
import { call, type Refused } from '../api/call.ts'
import type { Act, AddedReviews, ReviewState, Said } from '../api/shapes.ts'
import { parsed } from '../parts/texts.ts'
import { refusal } from './resource.ts'
import { pathOf, type StepRef } from './rows.ts'
import { tell } from './toasts.ts'

/** An answer of which something is said. */
export interface Answer {
  root_id: string
  answer_sha256: string | null
  /** As it was shown. */
  said: Said
}

export interface Saying {
  on: StepRef
  answers: readonly Answer[]
  act: Act
  comment?: string | undefined
  /** Of an edit: the whole answer as JSON text, in which no digit is lost. */
  edit?: string
}

export interface Known extends Said {
  /** What somebody made of the answer here, as JSON text. */
  written?: string | undefined
  isUnderWay: boolean
}

const known = signal<ReadonlyMap<string, Known>>(new Map())
/** Goes up when the server has kept something: counts are out of date then. */
export const keptActs = signal(0)
/** Whether something is on its way. */
export const underWay = computed(() => [...known.value.values()].some(({ isUnderWay }) => isUnderWay))

const keyOf = ({ pipeline, step }: StepRef, { root_id, answer_sha256 }: Omit<Answer, 'said'>) =>
  JSON.stringify([pipeline, step, root_id, answer_sha256])

/** How an answer stands: as it came, or as it was said here since. */
export function saidOf(on: StepRef, answer: Answer): Known {
  const mine = known.value.get(keyOf(on, answer))
  if (mine !== undefined && (mine.isUnderWay || (mine.at ?? '') >= (answer.said.at ?? ''))) return mine
  return { ...answer.said, isUnderWay: false }
}

let queue: Promise<unknown> = Promise.resolve()
let lastSaid: { saying: Saying; before: readonly Known[] } | null = null

/** Resolves when it is kept (true) or refused and taken back (false). */
export function say(saying: Saying): Promise<boolean> {
  const before = saying.answers.map((answer) => saidOf(saying.on, answer))
  note(saying, (_answer, at) => ({ ...next(saying, before[at]!), isUnderWay: true }))
  const sent = queue.then(() => send(saying, before))
  queue = sent
  return sent
}

async function send(saying: Saying, before: readonly Known[]): Promise<boolean> {
  try {
    const { by, at: time } = await post(saying, before)
    note(saying, (_answer, at) => ({ ...next(saying, before[at]!), by, at: time, isUnderWay: false }))
    lastSaid = { saying, before }
    keptActs.value += 1
    return true
  } catch (thrown) {
    const error = refusal(thrown)
    if (isAlreadySo(saying, error)) return true
    note(saying, (_answer, at) => ({ ...before[at]!, isUnderWay: false }))
    told(saying, error)
    return false
  }
}

function post({ on, answers, act, comment, edit }: Saying, before: readonly Known[]): Promise<AddedReviews> {
  return call('POST', [...pathOf(on), 'reviews'], {
    body: {
      act,
      ...(comment === undefined || comment === '' ? {} : { comment }),
      items: answers.map(({ root_id, answer_sha256 }, at) => ({
        root_id,
        answer_sha256,
        ...(edit === undefined ? {} : { answer: parsed(edit) }),
        // What was said here while this waited is known by now.
        seen_at: newest(before[at]!, known.value.get(keyOf(on, answers[at]!))),
      })),
    },
  })
}

function newest(before: Said, now: Said | undefined): string | null {
  return [before.at ?? '', now?.at ?? ''].sort().at(-1) || null
}

function note({ on, answers }: Saying, saidNow: (answer: Answer, at: number) => Known): void {
  const all = new Map(known.value)
  for (const [at, answer] of answers.entries()) {
    const key = keyOf(on, answer)
    all.set(key, saidNow(answer, at))
  }
  known.value = all
}

const states: Readonly<Record<Act, ReviewState | null>> = {
  approve: 'approved',
  flag: 'flagged',
  edit: 'edited',
  clear: 'unreviewed',
  comment: null,
}

/** What an act makes of an answer. A verdict ends what was said before it. */
function next({ act, comment, edit }: Saying, before: Said): Omit<Known, 'isUnderWay'> {
  const review = states[act] ?? before.review
  return {
    review,
    edit: act === 'edit' ? 'waiting' : act === 'comment' ? before.edit : null,
    written: edit,
    stale: false,
    comment: comment || (act === 'comment' ? before.comment : null),
    by: before.by,
    at: before.at,
  }
}

interface There extends Said {
  root_id: string
  answer_sha256: string | null
}

/** Sent twice, as the first answer was lost on its way: it is kept. */
function isAlreadySo({ on, answers, act, comment }: Saying, error: Refused): boolean {
  const there = (error.body.there ?? []) as There[]
  if (!error.is('answer-changed') || there.length !== answers.length || act === 'edit' || act === 'comment')
    return false
  const isSo = answers.every(({ root_id, answer_sha256 }) =>
    there.some(
      (one) =>
        one.root_id === root_id &&
        one.answer_sha256 === answer_sha256 &&
        one.review === states[act] &&
        (one.comment ?? '') === (comment ?? ''),
    ),
  )
  if (isSo) takeOver(on, there)
  return isSo
}

/** What somebody else said meanwhile. */
function takeOver(on: StepRef, there: readonly There[]): void {
  const all = new Map(known.value)
  for (const { root_id, answer_sha256, review, stale, edit, comment, by, at } of there)
    all.set(keyOf(on, { root_id, answer_sha256 }), { review, stale, edit, comment, by, at, isUnderWay: false })
  known.value = all
  keptActs.value += 1
}

function told(saying: Saying, error: Refused): void {
  const who = saying.answers.length === 1 ? saying.answers[0]!.root_id : `${saying.answers.length} items`
  const there = (error.body.there ?? []) as There[]
  if (error.is('answer-changed')) takeOver(saying.on, there)
  const [first] = there
  const meanwhile = first === undefined ? error.message : meanwhileText(first, saying.answers)
  tell(`Not kept: ${saying.act} ${who}. ${meanwhile}`, {
    kind: 'refused',
    action: {
      name: error.is('answer-changed') ? 'Say it all the same' : 'Try again',
      run: () =>
        void say({
          ...saying,
          answers: saying.answers.map((answer) => ({ ...answer, said: saidOf(saying.on, answer) })),
        }),
    },
  })
}

function meanwhileText({ root_id, answer_sha256, review, by, comment }: There, answers: readonly Answer[]): string {
  const seen = answers.find((answer) => answer.root_id === root_id)
  if (seen?.answer_sha256 !== answer_sha256)
    return `Item ${root_id} has another answer by now. Load the page again to read it.`
  const words = comment ? `: “${comment}”` : ''
  return `Meanwhile ${by ?? 'somebody'} made it ${review}${words}.`
}

const actFor: Readonly<Partial<Record<ReviewState, Act>>> = {
  approved: 'approve',
  flagged: 'flag',
  unreviewed: 'clear',
}

/** Makes the answers stand as they did before the last act. */
export function undoLast(): void {
  if (lastSaid === null) return
  const { saying, before } = lastSaid
  lastSaid = null
  const groups = Map.groupBy(saying.answers.keys(), (at) => JSON.stringify([before[at]!.review, before[at]!.comment]))
  for (const at of groups.values()) {
    const { review, comment } = before[at[0]!]!
    const act = actFor[review ?? 'unreviewed']
    if (act === undefined) continue
    const answers = at.map((index) => saying.answers[index]!)
    void say({ on: saying.on, answers, act, comment: act === 'flag' ? (comment ?? undefined) : undefined })
  }
}
