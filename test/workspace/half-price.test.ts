/** Message batches from a program: a run is left with them, found again, and cancelled. */
import { expect, test } from 'vitest'
import { type Progress, RequestRefused, RunDetached } from '../../index.ts'
import { MovedClock } from '../stories/half-price-story.ts'
import { Story } from '../stories/story.ts'
import { words } from '../stories/words.ts'
import { opened } from './opened.ts'

const steps = [{ prompt: 'Say {word}.', items: words(30), answer_format: 'text' }] as const

test('a run at half price is left with its message batches, found again, and another one is cancelled', async () => {
  const clock = new MovedClock()
  await using story = await Story.begin({}, { batches: { clock, takesMs: 600_000 } })
  const workspace = opened(story)
  const events: Progress[] = []
  const onProgress = (event: Progress) => void events.push(event)
  const request = { pipeline_name: 'words', delivery: 'batch', steps } as const
  const left = await workspace.run(request, { detach: true, onProgress })
  await expect(left.done).rejects.toBeInstanceOf(RunDetached)
  expect(events.map((event) => (event.type === 'message' ? event.text : '')).join('\n')).toContain(
    'message batch 1 is sent (29 requests',
  )
  expect((await workspace.version('words')).metadata.status).toBe('running')
  clock.move(700_000)
  const found = await workspace.follow('words')
  expect((await Array.fromAsync(found.answers())).length).toBe(30)
  expect((await found.done).stats).toMatchObject({ processed: 30, by_batch: 29 })

  const ids = words(10).map(({ id }) => id)
  const again = await workspace.rerun({ pipeline: 'words', ids, delivery: 'batch' }, { detach: true })
  await expect(again.done).rejects.toBeInstanceOf(RunDetached)
  expect(await workspace.abort('words', 'v1')).toEqual({ pipeline: 'words', version: 'v1' })
  expect((await workspace.version('words', 'v1')).metadata.status).toBe('aborted')
})

test('a run that needs this process cannot be left, and one that has no message batches cannot be found again', async () => {
  await using story = await Story.begin()
  const workspace = opened(story)
  const live = workspace.run({ pipeline_name: 'words', steps }, { detach: true })
  await expect(live).rejects.toBeInstanceOf(RequestRefused)
  await (await workspace.run({ pipeline_name: 'words', steps })).done
  await expect(workspace.follow('words')).rejects.toThrow('words has no message batches with the API')
  await expect(workspace.abort('words')).rejects.toThrow('words has no message batches with the API')
})
