/** Templates are read and saved by the server of a workspace; by the deployed API they are not. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../core/text/ids.ts'
import { Story } from '../stories/story.ts'
import { wordFiles } from '../stories/words.ts'
import { type Send, Served, sendToLambda } from './adapters.ts'

let story: Story
let served: Served
let lambda: Send

beforeAll(async () => {
  story = await Story.begin({ ...wordFiles(1), 'prompts/shop/describe.md': 'Describe {word}.' })
  served = await Served.start(story)
  lambda = await sendToLambda(story)
}, 60_000)

afterAll(async () => {
  await served.stop()
  await story[Symbol.asyncDispose]()
})

async function sent(send: Send, method: 'GET' | 'POST', name: string, body?: object) {
  const { status, text } = await send(
    method,
    `/templates/${encodeURIComponent(name)}`,
    body === undefined ? {} : { body },
  )
  return { status, json: JSON.parse(text) }
}

test('a template is read, and saved in the place of the one that was read', async () => {
  const text = story.read('prompts/define.md')
  const found = await sent(served.send, 'GET', 'define')
  expect(found).toEqual({
    status: 200,
    json: { prompt_name: 'define', path: 'prompts/define.md', sha256: sha256(text), text },
  })
  const next = 'Define {word} in one sentence: ä, 漢字.\n'
  const saved = await sent(served.send, 'POST', 'define', { text: next, replaces: found.json.sha256 })
  expect(saved).toEqual({
    status: 200,
    json: { prompt_name: 'define', path: 'prompts/define.md', sha256: sha256(next) },
  })
  expect(story.read('prompts/define.md')).toBe(next)
  expect((await sent(served.send, 'GET', 'shop/describe')).json).toMatchObject({ path: 'prompts/shop/describe.md' })
  expect(await sent(served.send, 'POST', 'fresh', { text: 'Say {word}.', replaces: null })).toMatchObject({
    status: 200,
  })
  expect(story.read('prompts/fresh.md')).toBe('Say {word}.')
})

test('a template that was changed, made or removed since is left as it is', async () => {
  const before = story.read('prompts/rate.md')
  for (const [name, replaces, what] of [
    ['rate', 'f'.repeat(64), 'was changed'],
    ['rate', null, 'is there already'],
    ['gone', 'f'.repeat(64), 'is gone'],
  ] as const)
    expect(await sent(served.send, 'POST', name, { text: 'Rate it.', replaces })).toMatchObject({
      status: 409,
      json: {
        type: 'urn:itemwise:problem:template-changed',
        detail: expect.stringContaining(`${what} since it was read`),
      },
    })
  expect([story.read('prompts/rate.md'), story.has('prompts/gone.md')]).toEqual([before, false])
})

test('of two who save at once one is told that the other was faster', async () => {
  const { sha256: replaces } = (await sent(served.send, 'GET', 'teach')).json
  const both = await Promise.all(
    ['One {word}.', 'Two {word}.'].map((text) => sent(served.send, 'POST', 'teach', { text, replaces })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
})

test('nothing is written but templates below prompts/', async () => {
  mkdirSync(join(story.root, 'elsewhere'))
  symlinkSync(join(story.root, 'elsewhere'), join(story.root, 'prompts/link'))
  for (const name of [
    '../itemwise',
    '..',
    'shop/../../inputs/words',
    '/etc/passwd',
    'a\\b',
    'a//b',
    './define',
    '',
    'link/x',
    'x\u0000y',
    'n'.repeat(300),
  ]) {
    const { status } = await sent(served.send, 'POST', name, { text: 'Say {word}.', replaces: null })
    expect([name, status >= 400 && status < 500]).toEqual([name, true])
  }
  expect(existsSync(join(story.root, 'elsewhere/x.md'))).toBe(false)
  expect(readFileSync(join(story.root, 'inputs/words.json'), 'utf8')).toContain('w1')
  expect(story.names('.').filter((name) => name.endsWith('.md'))).toEqual([])
})

test('what no run could read is refused', async () => {
  expect(await sent(served.send, 'POST', 'blank', { text: '  \n', replaces: null })).toMatchObject({
    status: 400,
    json: { detail: 'The template for prompts/blank.md is blank. It was not saved.' },
  })
  expect(
    await sent(served.send, 'POST', 'broken', { text: '---\nmodel: [\n---\nSay {word}.', replaces: null }),
  ).toMatchObject({
    status: 400,
  })
  expect(story.has('prompts/broken.md')).toBe(false)
})

test('the deployed API says where templates are changed', async () => {
  const refused = {
    status: 501,
    json: {
      type: 'urn:itemwise:problem:not-here',
      detail: expect.stringContaining('Change prompts/ in that workspace, and start the rerun there.'),
    },
  }
  expect(await sent(lambda, 'GET', 'define')).toMatchObject(refused)
  expect(await sent(lambda, 'POST', 'define', { text: 'Say {word}.', replaces: null })).toMatchObject(refused)
})
