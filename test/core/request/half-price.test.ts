/** What is wrong with a request for half price, before anything is made. */
import { expect, test } from 'vitest'
import { RequestRefused } from '../../../core/errors.ts'
import { prospectOf } from '../../../core/request/opening.ts'
import { claude } from '../../../models/claude/claude.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { Story } from '../../stories/story.ts'
import { wordFiles } from '../../stories/words.ts'

test.each([
  [{ delivery: 'batch' }, true, []],
  [{ delivery: 'batch' }, false, [/^Half price \(delivery: batch\) is not possible with this model/]],
  [{ deadline: '4h', after_deadline: 'stop' }, true, [/^deadline is for message batches/, /^after_deadline is for/]],
  [
    { delivery: 'batch', deadline: '4 hours' },
    true,
    [/deadline is "4 hours"\. Expected a time such as 4h, 90m or 30s/],
  ],
])('%j where batches are possible: %s', async (request, batches, problems) => {
  await using story = await Story.begin(wordFiles(3, undefined, request))
  const tools = {
    store: new FolderStore(story.root),
    provider: claude,
    standIn: false,
    batches,
    now: Date.now,
    newId: () => 'r',
  }
  const error = await prospectOf(tools, { kind: 'run', request: story.json('pipelines/words.json') }).then(
    () => null,
    (error: unknown) => error,
  )
  const found = error instanceof RequestRefused ? error.problems : []
  expect(found).toEqual(problems.map((problem) => expect.stringMatching(problem)))
})
