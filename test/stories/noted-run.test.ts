/** A run that the command line started is told by the API of its workspace, while it goes on and when it has ended. */
import { expect, test } from 'vitest'
import type { RunState } from '../../api/documents.ts'
import { Served } from '../api/adapters.ts'
import { Story, until } from './story.ts'
import { step1, wordFiles } from './words.ts'

async function stateOf(served: Served, id: string): Promise<RunState & { status: string }> {
  return JSON.parse((await served.send('GET', `/runs/${id}`)).text)
}

/** One word after another, of which the third waits until it is let go. */
async function begun() {
  const story = await Story.begin(wordFiles(4, [{ ...step1, max_concurrency: 1 }]))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Define w3') ? { delay_ms: 600_000 } : undefined)
  const running = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.some(({ body }) => JSON.stringify(body).includes('Define w3')))
  return { story, running, served: await Served.start(story) }
}

test('a run of the command line is followed by its id, and told to stop', async () => {
  const { story, running, served } = await begun()
  await using _story = story
  const { run_id } = story.runDocument('words/v0')
  await expect.poll(async () => (await stateOf(served, run_id)).steps[0]?.answered).toBe(2)
  expect(await stateOf(served, run_id)).toMatchObject({
    ...{ run_id, status: 'running', pipeline: 'words', version: 'v0', error: null },
    steps: [{ step: 1, items: 4, process: 4, answered: 2, failed: 0 }],
  })
  const { pipelines } = JSON.parse((await served.send('GET', '/pipelines')).text)
  expect(pipelines[0].running).toMatchObject([{ version: 'v0', run_id }])
  // The list has what was started by a server.
  expect(JSON.parse((await served.send('GET', '/runs')).text).runs).toEqual([])

  expect((await served.send('POST', `/runs/${run_id}/abort`)).status).toBe(202)
  story.api.answer = undefined
  story.server.close().catch(() => {})
  await running.ended
  expect(await stateOf(served, run_id)).toMatchObject({ status: 'aborted', steps: [{ answered: 2 }] })
  await served.stop()
})

test('a run of the command line that is killed, and resumed there, is told as it stands', async () => {
  const { story, running, served } = await begun()
  await using _story = story
  const { run_id } = story.runDocument('words/v0')
  running.signal('SIGKILL')
  await running.ended
  expect(await stateOf(served, run_id)).toMatchObject({
    status: 'failed',
    error: { message: expect.stringContaining('The answers so far are kept, and the run can be resumed.') },
  })
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(await stateOf(served, run_id)).toMatchObject({ status: 'completed', version: 'v0', steps: [{ answered: 4 }] })
  const events = await served.send('GET', `/runs/${run_id}/events`)
  expect(events.text).toContain('"status":"completed"')
  expect(await story.run('doctor')).toMatchObject({ code: 0 })
  await served.stop()
})
