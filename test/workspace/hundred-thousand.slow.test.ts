/** A hundred thousand items of an async generator: how far it runs ahead of what is written down, and what memory takes of them. */
import { expect, test } from 'vitest'
import { makeProgrammersFolder } from '../programmers-folder.ts'
import { Story } from '../stories/story.ts'

const items = 100_000

/** The generator counts the bytes of what it has given, and looks how many of them are in the temporary file. */
const program = `import { readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openWorkspace } from 'itemwise'

const written = () => {
  const folder = readdirSync(tmpdir()).find((name) => name.startsWith('itemwise-'))
  return folder === undefined ? 0 : statSync(join(tmpdir(), folder, '1'), { throwIfNoEntry: false })?.size ?? 0
}
let [given, ahead] = [0, 0]
async function* generated() {
  for (let id = 1; id <= ${items}; id++) {
    const item = { id, text: String(id).padEnd(200, ' and on it goes') }
    given += JSON.stringify(item).length + 1
    if (id % 50 === 0) ahead = Math.max(ahead, given - written())
    yield item
  }
}
const run = await openWorkspace('.', { offline: true, smallHeap: true }).run({
  pipeline_name: 'many',
  keep: { items: 'packed', prompts: 'none' },
  steps: [{ prompt: 'Say {id}: {text}', items: generated(), answer_format: 'text', max_concurrency: 64 }],
})
let answers = 0
for await (const { id } of run.answers()) if (Number(id) !== ++answers) throw new Error('Out of order: ' + id)
console.log(JSON.stringify({ answers, ahead, given }))
`

// Most of a minute of computing.
test('100,000 items of an async generator go through a small heap, and it is never more than one piece ahead of the file', {
  timeout: 900_000,
}, async () => {
  await using story = await Story.begin({ 'program.ts': program, 'tmp/.keep': '' })
  makeProgrammersFolder(story.root)
  const env = { TMPDIR: `${story.root}/tmp`, NODE_OPTIONS: '--max-old-space-size=64' }
  const { code, out, err } = await story.startProgram({ file: 'program.ts', env }).ended
  expect([code, err]).toEqual([0, ''])
  const { answers, ahead, given } = JSON.parse(out)
  expect([answers, given > 20_000_000]).toEqual([items, true])
  // A piece is gathered before it is written, and one item more may be on its way.
  expect(ahead).toBeLessThan(257 * 1024)
})
