import { expect, test } from 'vitest'
import type { Review } from '../../../core/review.ts'
import { Acts } from '../../../core/reviews/reviewed-state.ts'

/** `flag A: why` is an act about the answer with the checksum A. */
function actOf(text: string, at: number): Review {
  const [, act = '', answer_sha256 = '', comment] = /^(\w+) (\w)(?:: (.*))?$/.exec(text) ?? []
  const about = { step: 1, root_id: '4001', item_id: '4001', version: 'v0', answer_sha256 }
  const time = `2026-11-28T10:00:0${at}.000Z`
  return { at: time, by: 'maria', ...about, act: act as Review['act'], ...(comment === undefined ? {} : { comment }) }
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
