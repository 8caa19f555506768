/** Items of a generator are read at the pace at which they are written down: memory never holds them all. */
import { expect, test } from 'vitest'
import { makeProgrammersFolder } from '../programmers-folder.ts'
import { Story } from '../stories/story.ts'

const items = 30_000
const bytes = 8_000

const program = `import { openWorkspace } from 'itemwise'
async function* generated() {
  for (let id = 1; id <= ${items}; id++) yield { id, text: String(id).padEnd(${bytes}, ' and on it goes') }
}
// Offline: nothing is counted by the API.
const { requests } = await openWorkspace('.', { offline: true }).estimate({
  steps: [{ prompt: 'Say {id}: {text}', items: generated(), answer_format: 'text' }],
})
console.log(requests)
`

test('240 MB of items from an async generator go through a heap of 96 MB', async () => {
  await using story = await Story.begin({ 'program.ts': program })
  makeProgrammersFolder(story.root)
  const env = { NODE_OPTIONS: '--max-old-space-size=96' }
  expect(await story.startProgram({ file: 'program.ts', env }).ended).toEqual({ code: 0, out: `${items}\n`, err: '' })
})
