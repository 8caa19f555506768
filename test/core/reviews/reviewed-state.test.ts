import { describe, expect, test } from 'vitest'
import type { Review } from '../../../core/review.ts'
import { Acts, editKey } from '../../../core/reviews/reviewed-state.ts'

/** `flag A: why` is an act about the answer with the checksum A; `edit A>E` makes it the answer E. */
function actOf(text: string, at: number): Review {
  const [, act = '', answer_sha256 = '', edited, comment] = /^(\w+) (\w)(?:>(\w))?(?:: (.*))?$/.exec(text) ?? []
  const about = { step: 1, root_id: '4001', item_id: '4001', version: 'v0', answer_sha256 }
  const time = `2026-11-28T10:00:0${at}.000Z`
  return {
    at: time,
    by: 'maria',
    ...about,
    act: act as Review['act'],
    ...(comment === undefined ? {} : { comment }),
    ...(edited === undefined ? {} : { edited_sha256: edited }),
  }
}

async function stateAfter(...texts: string[]) {
  async function* acts() {
    yield* texts.map(actOf)
  }
  const { state, stale, act, comment } = (await Acts.of(acts())).about({ step: 1, root_id: '4001', answer_sha256: 'A' })
  return {
    state,
    stale,
    said: act === null ? null : texts.findIndex((text, at) => actOf(text, at).at === act.at),
    comment,
  }
}

test.each([
  [[], { state: 'unreviewed', stale: false, said: null, comment: null }],
  [['approve A'], { state: 'approved', stale: false, said: 0, comment: null }],
  [['approve A', 'flag A: dull'], { state: 'flagged', stale: false, said: 1, comment: 'dull' }],
  [['flag A: dull', 'approve A'], { state: 'approved', stale: false, said: 1, comment: null }],
  [['flag A: dull', 'comment A: ask'], { state: 'flagged', stale: false, said: 0, comment: 'ask' }],
  [['comment A: ask'], { state: 'unreviewed', stale: false, said: 0, comment: 'ask' }],
  [['flag A: dull', 'clear A'], { state: 'unreviewed', stale: false, said: 1, comment: null }],
  [['flag B: dull'], { state: 'unreviewed', stale: true, said: 0, comment: 'dull' }],
  [['flag B: dull', 'clear B'], { state: 'unreviewed', stale: false, said: null, comment: null }],
  // The answer of an earlier version that is back, as after `rerun --base v0`.
  [['approve A', 'flag B'], { state: 'approved', stale: false, said: 0, comment: null }],
])('after %j', async (texts, expected) => {
  expect(await stateAfter(...texts)).toEqual(expected)
})

test('the newest act counts, wherever it stands', async () => {
  async function* acts() {
    yield actOf('flag A', 5)
    yield actOf('approve A', 3)
  }
  const all = await Acts.of(acts())
  expect(all.about({ step: 1, root_id: '4001', answer_sha256: 'A' }).state).toBe('flagged')
  expect(all.newest).toBe(actOf('flag A', 5).at)
  expect(all.about({ step: 2, root_id: '4001', answer_sha256: 'A' }).act).toBeNull()
})

test('of two acts of one moment the same one counts, whatever their order', async () => {
  const both = [actOf('flag A', 5), { ...actOf('approve A', 5), by: 'otto' }]
  async function* acts(order: Review[]) {
    yield* order
  }
  const states = await Promise.all(
    [both, both.toReversed()].map(async (order) =>
      (await Acts.of(acts(order))).about({ step: 1, root_id: '4001', answer_sha256: 'A' }),
    ),
  )
  expect(states[0]).toEqual(states[1])
})

describe('an edit', () => {
  const about = async (answer: { is: string; by?: string; applied?: number[] }, ...texts: string[]) => {
    const acts = texts.map(actOf)
    const all = new Acts()
    for (const act of acts) all.add(act)
    all.applied = new Set(answer.applied?.map((at) => editKey(acts[at]!)))
    const said = all.about({ step: 1, root_id: '4001', answer_sha256: answer.is, edited_by: answer.by })
    return [said.state, said.edit ?? null, said.stale]
  }

  test('waits for its answer, is applied where its own stands, and is stale beside another', async () => {
    expect(await about({ is: 'A' }, 'edit A>E')).toEqual(['edited', 'waiting', false])
    expect(await about({ is: 'E', by: 'maria' }, 'edit A>E')).toEqual(['edited', 'applied', false])
    expect(await about({ is: 'B' }, 'edit A>E')).toEqual(['edited', 'waiting', true])
  })

  test('is history if a version has put it in place once', async () => {
    expect(await about({ is: 'B', applied: [0] }, 'edit A>E')).toEqual(['unreviewed', null, true])
  })

  test('is ended by a later verdict, and known without its act', async () => {
    expect(await about({ is: 'A' }, 'edit A>E', 'clear A')).toEqual(['unreviewed', null, false])
    expect(await about({ is: 'A' }, 'edit A>E', 'comment A: hm')).toEqual(['edited', 'waiting', false])
    expect(await about({ is: 'E', by: 'maria' }, 'edit A>E', 'approve E')).toEqual(['approved', null, false])
    expect(await about({ is: 'E', by: 'maria' }, 'edit A>E', 'clear E')).toEqual(['edited', 'applied', false])
    expect(await about({ is: 'E', by: 'maria' })).toEqual(['edited', 'applied', false])
    expect(await about({ is: 'E', by: 'maria' }, 'edit A>E', 'edit E>F')).toEqual(['edited', 'waiting', false])
  })
})
