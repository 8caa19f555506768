import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { wordFiles } from './words.ts'

/** Texts of different lengths before the key, so that whatever shortens them cuts it in another place. */
const lengths = Array.from({ length: 24 }, (_, at) => 80 + at * 25)

/** All that a version holds, and all that was said. */
function everything(story: Story, ...said: string[]): string {
  const folder = 'outputs/words/v0'
  const names = story.names(folder).filter((name) => /\.jsonl?$/.test(name))
  return [...said, ...names.map((name) => story.read(`${folder}/${name}`))].join('\n')
}

test('no part of the key is written or shown where the API repeats it, wherever the text is cut', async () => {
  await using story = await Story.begin(wordFiles(lengths.length))
  const { key } = story.server
  story.api.answer = ({ prompt }) => {
    const length = lengths[Number(/\d+/.exec(prompt)?.[0]) - 1] ?? 0
    return { status: 400, message: `${'x'.repeat(length)}${key} ${'y'.repeat(600)}` }
  }
  const { code, out, err } = await story.run('run', 'pipelines/words.json', '--verbose')
  const text = everything(story, out, err, (await story.run('show', 'words', 'v0')).out)
  expect(code).toBe(3)
  expect(text).toContain('[key]')
  expect(text).not.toContain(key.slice(0, 12))
})

test('a page in the place of an answer shows no part of the key', async () => {
  await using story = await Story.begin(wordFiles(8))
  const { key } = story.server
  story.api.answer = ({ nth }) => ({ content_type: 'text/html', body: `${'x'.repeat(90 + nth * 3)}${key}` })
  const { out, err } = await story.run('run', 'pipelines/words.json', '--verbose')
  const text = everything(story, out, err)
  expect(text).toContain('could not be read')
  expect(text).not.toContain(key.slice(0, 12))
})

test('--verbose shows the cause of a refused key without the key', async () => {
  await using story = await Story.begin(wordFiles(1))
  const { key } = story.server
  story.api.answer = () => ({ status: 401, message: `invalid x-api-key ${key}` })
  const { code, err } = await story.run('run', 'pipelines/words.json', '--verbose')
  expect(code).toBe(1)
  expect(err).toContain('Caused by')
  expect(everything(story, err)).not.toContain(key.slice(0, 12))
})

test('the password in ANTHROPIC_BASE_URL is shown nowhere', async () => {
  await using story = await Story.begin(wordFiles(1))
  story.environment = { ANTHROPIC_BASE_URL: 'htps://me:hush-hush@gateway.example' }
  const refused = await story.run('run', 'pipelines/words.json')
  expect([refused.code, refused.err.includes('ANTHROPIC_BASE_URL is htps://me:[password]@gateway.example.')]).toEqual([
    2,
    true,
  ])
  story.environment = { ANTHROPIC_BASE_URL: story.server.url.replace('//', '//me:hush-hush@') }
  story.api.answer = () => ({ status: 400, message: 'me:hush-hush@ is not let in' })
  const { out, err } = await story.run('run', 'pipelines/words.json', '--verbose')
  expect(everything(story, out, err)).not.toContain('hush-hush')
})

test.each([
  ['in quotes', (key: string) => `"${key}"`],
  ['with its name', (key: string) => `export ANTHROPIC_API_KEY=${key}\n`],
  ['in JSON', (key: string) => JSON.stringify({ ANTHROPIC_API_KEY: key })],
])('a key %s is taken', async (_how, wrap) => {
  await using story = await Story.begin(wordFiles(1))
  story.environment = { ANTHROPIC_API_KEY: wrap(story.server.key) }
  expect((await story.run('run', 'pipelines/words.json')).code).toBe(0)
})

test('a key of several lines is refused before a version is made, without being shown', async () => {
  await using story = await Story.begin(wordFiles(1))
  story.environment = { ANTHROPIC_API_KEY: 'sk-one\nsk-two' }
  const { code, out, err } = await story.run('run', 'pipelines/words.json')
  expect({ code, out, made: story.has('outputs') }).toEqual({ code: 2, out: '', made: false })
  expect(err).toBe(
    'itemwise: The key in ANTHROPIC_API_KEY holds several lines. Expected printable ASCII without blanks. Copy it again from the Claude Console.\n',
  )
})
