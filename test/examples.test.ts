/** The programs of examples/, as they stand, with the npm package beside them. That for AWS: test/aws/library.aws.test.ts. */
import { copyFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { promptOf } from './anthropic-server/answer.ts'
import { makeProgrammersFolder } from './programmers-folder.ts'
import { Story, until } from './stories/story.ts'

const root = resolve(import.meta.dirname, '..')

/** A folder with one of the examples, in which it finds what it imports. */
async function folderWith(name: string): Promise<Story> {
  const story = await Story.begin()
  copyFileSync(join(root, 'examples', name), join(story.root, name))
  makeProgrammersFolder(story.root)
  return story
}

test('rows of a database are enriched, each paid for once, also if the program is killed', async () => {
  await using story = await folderWith('enrich-rows.ts')
  const database = new DatabaseSync(join(story.root, 'tickets.db'))
  database.exec('CREATE TABLE tickets (id INTEGER PRIMARY KEY, subject TEXT, body TEXT, team TEXT, urgent INTEGER)')
  const insert = database.prepare('INSERT INTO tickets (subject, body) VALUES (?, ?)')
  const withTeam = database.prepare('SELECT count(*) AS count FROM tickets WHERE team IS NOT NULL')
  const count = () => withTeam.get()?.count
  for (let at = 1; at <= 6; at++) insert.run(`Subject ${at}.`, 'Body')
  const enrich = () => story.startProgram({ file: 'enrich-rows.ts', env: {} })

  story.api.answer = ({ prompt }) => (/Subject [56]/.test(prompt) ? { after: new Promise(() => {}) } : undefined)
  const killed = enrich()
  await until(() => count() === 4 && story.sent.length === 6)
  killed.signal('SIGKILL')
  await killed.ended
  story.api.answer = undefined
  expect(await enrich().ended).toEqual({ code: 0, out: '6 rows have a team.\n', err: '' })
  expect(count()).toBe(6)
  insert.run('Subject 7.', 'Body')
  expect((await enrich().ended).out).toBe('7 rows have a team.\n')
  // Both calls that were under way when the program was killed are made again.
  const asked = story.sent.map(({ body }) => /Subject (\d)/.exec(promptOf(body))?.[1])
  expect(asked.sort()).toEqual([...'123455667'])
  database.exec('UPDATE tickets SET team = NULL')
  expect((await enrich().ended).out).toBe('7 rows have a team.\n')
  expect([count(), story.sent.length]).toEqual([7, 9])
  expect(story.names('outputs/tickets')).toEqual(['latest', 'v0', 'v1'])
})

test('two prompts are compared in a test runner, and a worse one fails', async () => {
  await using story = await folderWith('compare-prompts.test.ts')
  const team = (prompt: string) => (/card|invoice names/.test(prompt) ? 'billing' : 'tech')
  const runTests = () => story.startProgram({ file: '--test', env: {} }, 'compare-prompts.test.ts').ended
  story.api.answer = ({ prompt }) => JSON.stringify({ team: team(prompt) })
  expect(await runTests()).toMatchObject({ code: 0, out: expect.stringContaining('pass 1') })
  expect((await story.run('compare', 'tickets', 'v0', 'v1')).out).toContain('Step 1 (step_1): 3 same')
  story.api.answer = ({ prompt }) => JSON.stringify({ team: /Invoices/.test(prompt) ? 'tech' : team(prompt) })
  const { code, out } = await runTests()
  expect(out).toContain('The new prompt sorts T-1,T-3 wrongly, the old one .')
  expect(code).toBe(1)
})
