/** The contract of a store that keeps reviews. */
import { expect, test } from 'vitest'
import type { Review } from '../../core/review.ts'
import type { Store } from '../../core/store.ts'

export function reviewOf(root_id: string, more: Partial<Review> = {}): Review {
  const about = { step: 1, root_id, item_id: root_id, version: 'v0', answer_sha256: 'a'.repeat(64) }
  return { at: '2026-11-28T10:00:00.000Z', by: 'maria', ...about, act: 'approve', ...more }
}

export function reviewsOf(store: Store, pipeline = 'poems'): Promise<Review[]> {
  return Array.fromAsync(store.reviews.all(pipeline))
}

/** Two views of the same workspace, in which the pipeline `poems` has a version. */
export function reviewsContract(opened: () => Promise<{ store: Store; another: Store }>): void {
  test('a pipeline that nobody reviewed has no acts', async () => {
    const { store } = await opened()
    expect(await reviewsOf(store)).toEqual([])
  })

  test('acts are read as they were added, in their order, by every view', async () => {
    const { store, another } = await opened()
    const acts = [
      reviewOf('4001', { act: 'flag', comment: 'Zwei\nZeilen "und" 🌱' }),
      reviewOf('4001', { act: 'clear' }),
      reviewOf('4002'),
    ]
    await store.reviews.add('poems', acts.slice(0, 2))
    await another.reviews.add('poems', acts.slice(2))
    expect(await reviewsOf(store)).toEqual(acts)
    expect(await reviewsOf(another)).toEqual(acts)
    expect(await reviewsOf(store, 'songs')).toEqual([])
  })

  test('acts of an addition are kept together, however long they are', async () => {
    const { store, another } = await opened()
    const long = reviewOf('4002', { comment: `${'Zu lang ⚠️ '.repeat(40_000)}"\\\n` })
    const many = Array.from({ length: 2000 }, (_, at) => reviewOf(String(at), { item_id: `${at}` }))
    await store.reviews.add('poems', [reviewOf('4001'), long])
    await another.reviews.add('poems', many)
    await store.reviews.add('poems', [])
    expect(await reviewsOf(another)).toEqual([reviewOf('4001'), long, ...many])
  })

  test('of acts that are added at once none is lost, and none is there twice', async () => {
    const { store, another } = await opened()
    const ids = Array.from({ length: 40 }, (_, at) => String(at))
    await Promise.all(ids.map((id, at) => (at % 2 ? store : another).reviews.add('poems', [reviewOf(id)])))
    const kept = (await reviewsOf(store)).map(({ root_id }) => Number(root_id))
    expect(kept.sort((a, b) => a - b)).toEqual(ids.map(Number))
  })

  test('what was added since is told by a mark', async () => {
    const { store, another } = await opened()
    const since = (mark: string | null) => another.reviews.since!('poems', mark)
    expect((await since(null))?.acts).toEqual([])
    await store.reviews.add('poems', [reviewOf('1'), reviewOf('2')])
    const first = await since(null)
    expect(first?.acts).toEqual([reviewOf('1'), reviewOf('2')])
    const newer = { ...reviewOf('3'), stars: 5 } as Review
    await store.reviews.add('poems', [newer])
    await store.reviews.merge('poems', [reviewOf('1'), reviewOf('4')])
    const second = await since(first!.mark)
    expect(second?.acts).toEqual([newer, reviewOf('4')])
    expect(await since(second!.mark)).toEqual({ acts: [], mark: second!.mark })
  })

  test('acts are added after a mark only if nobody has added any since: of several at once one does', async () => {
    const { store, another } = await opened()
    const mark = async () => (await another.reviews.since!('poems', null))!.mark
    const first = await mark()
    expect(await store.reviews.addAfter!('poems', first, [reviewOf('1')])).toBe(true)
    expect(await another.reviews.addAfter!('poems', first, [reviewOf('2')])).toBe(false)
    const second = await mark()
    const many = Array.from({ length: 2000 }, (_, at) => reviewOf(`m${at}`))
    const added = await Promise.all(
      [many, [reviewOf('3')], [reviewOf('4')]].map((acts, at) =>
        (at % 2 ? store : another).reviews.addAfter!('poems', second, acts),
      ),
    )
    expect(added.filter((isAdded) => isAdded)).toHaveLength(1)
    const third = await mark()
    await store.reviews.add('poems', [reviewOf('5')])
    expect(await another.reviews.addAfter!('poems', third, [reviewOf('6')])).toBe(false)
    const winner = [many, [reviewOf('3')], [reviewOf('4')]][added.indexOf(true)]!
    expect(await reviewsOf(store)).toEqual([reviewOf('1'), ...winner, reviewOf('5')])
    expect(await another.reviews.addAfter!('poems', await mark(), [])).toBe(true)
  })

  test('merging adds the acts that are not there, each once, also if several merge the same at once', async () => {
    const { store, another } = await opened()
    const mine = [reviewOf('1'), reviewOf('2', { act: 'flag', comment: 'Zu lang' })]
    await store.reviews.add('poems', mine)
    // As another place has it: fields in another order, and one of a newer Itemwise.
    const { at, ...rest } = mine[1]!
    const same: Review = { ...rest, at }
    const newer = { ...reviewOf('3'), stars: 5 } as Review
    const theirs = [same, reviewOf('2', { act: 'clear' }), newer, newer]
    expect(await another.reviews.merge('poems', theirs)).toBe(2)
    expect(await store.reviews.merge('poems', [...theirs, ...mine])).toBe(0)
    expect(await reviewsOf(store)).toEqual([...mine, theirs[1], newer])

    const many = Array.from({ length: 1500 }, (_, index) => reviewOf(`m${index}`))
    const merging = Array.from({ length: 6 }, (_, index) => (index % 2 ? store : another).reviews.merge('songs', many))
    const adding = ['a', 'b', 'c'].map((id) => another.reviews.add('songs', [reviewOf(id)]))
    const [counts] = await Promise.all([Promise.all(merging), Promise.all(adding)])
    expect(counts.reduce((sum, count) => sum + count)).toBe(1500)
    const ids = (await reviewsOf(store, 'songs')).map(({ root_id }) => root_id)
    expect(ids.toSorted()).toEqual([...many.map(({ root_id }) => root_id), 'a', 'b', 'c'].toSorted())
  })

  test('reviews are no version and no pipeline', async () => {
    const { store } = await opened()
    await store.reviews.add('poems', [reviewOf('4001')])
    expect([await store.pipelines(), await store.versions('poems')]).toEqual([['poems'], ['v0']])
  })
}
