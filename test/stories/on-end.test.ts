/** Whoever waits for a run is told when it has ended, also if it failed. */
import { chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunSummary } from '../../cli/run-summary.ts'
import { Story } from './story.ts'
import { step1, wordFiles } from './words.ts'

const command = { on_end: { command: 'cat >> ended.jsonl' } }
const yaml = (settings: object) => JSON.stringify(settings)
const told = (story: Story): RunSummary[] =>
  story.has('ended.jsonl')
    ? story
        .read('ended.jsonl')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : []

/** A server that keeps what is posted to it. */
async function receiver(status = 200) {
  const posts: { type: string | undefined; body: RunSummary }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      posts.push({ type: request.headers['content-type'], body: JSON.parse(Buffer.concat(chunks).toString()) })
      response.writeHead(status).end('thanks')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => new Promise((resolve) => server.close(resolve))
  return {
    posts,
    url: `http://127.0.0.1:${port}/secret-token`,
    [Symbol.asyncDispose]: async () => void (await close()),
  }
}

test('a command gets the summary on stdin, in the workspace, of a run that completed, and of one that failed', async () => {
  await using story = await Story.begin({ ...wordFiles(4), 'itemwise.yaml': yaml(command) })
  story.api.answer = ({ prompt }) => (prompt === 'Define w1.' ? { refusal: true } : undefined)
  expect((await story.run('run', 'words', '--status', 'beta')).code).toBe(3)
  story.api.answer = () => ({ status: 401 })
  expect((await story.run('rerun', 'words', '12')).code).toBe(1)
  const { cost_usd } = story.metadata('words/v0').stats
  expect(told(story)).toEqual([
    {
      text: expect.stringMatching(/^v0 of words is completed: 4 items, 1 failed, \$0\.\d+\.$/),
      ...{ pipeline: 'words', version: 'v0', status: 'completed', label: 'beta' },
      ...{ items: 4, processed: 4, failed: 1, cost_usd, duration_seconds: expect.any(Number) },
      ...{ oddities: [], error: null, folder: 'outputs/words/v0' },
    },
    expect.objectContaining({
      version: 'v1',
      status: 'failed',
      error: expect.stringContaining('401'),
      text: expect.stringContaining('v1 of words has ended (failed)'),
    }),
  ])
})

test('a run that was not begun is not told', async () => {
  await using story = await Story.begin({ ...wordFiles(2), 'itemwise.yaml': yaml(command) })
  story.write('prompts/define.md', 'Define {wrod}.')
  expect((await story.run('run', 'words')).code).toBe(2)
  expect(told(story)).toEqual([])
})

test('a webhook is posted the summary as JSON; the address stands nowhere in the version', async () => {
  await using hook = await receiver()
  await using story = await Story.begin({ ...wordFiles(2), 'itemwise.yaml': yaml({ on_end: { webhook: hook.url } }) })
  story.api.answer = () => '{"answer": ""}'
  expect(await story.run('run', 'words')).toMatchObject({ code: 0, err: expect.not.stringContaining('Warning') })
  expect(hook.posts).toEqual([
    {
      type: 'application/json',
      body: expect.objectContaining({
        pipeline: 'words',
        status: 'completed',
        oddities: [expect.stringContaining('2 of 2 answers are empty')],
      }),
    },
  ])
  expect(hook.posts[0]!.body.text).toContain('Odd: 2 of 2 answers are empty')
  const found = story.shell('grep -r secret-token outputs')
  expect(await found.ended).toMatchObject({ code: 1, out: '' })
})

test('what goes wrong is a warning that keeps the address secret, and the exit code stays that of the run', async () => {
  await using hook = await receiver(500)
  const settings = { on_end: { command: 'echo heard; exit 4', webhook: hook.url } }
  await using story = await Story.begin({ ...wordFiles(2), 'itemwise.yaml': yaml(settings) })
  const { code, out, err } = await story.run('run', 'words', '--json')
  expect([code, JSON.parse(out).status]).toEqual([0, 'completed'])
  expect(err).toContain('heard')
  expect(err).toContain('Warning: The command of on_end (itemwise.yaml) ended with exit code 4.')
  expect(err).toMatch(/Warning: The webhook of on_end \(itemwise\.yaml\) at 127\.0\.0\.1:\d+ answered 500\./)
  expect(err).not.toContain('secret-token')
  await hook[Symbol.asyncDispose]()
  expect((await story.run('rerun', 'words', '11')).err).toMatch(/at 127\.0\.0\.1:\d+ cannot be reached/)
})

test('a command comes from itemwise.yaml and from nowhere else', async () => {
  await using story = await Story.begin(wordFiles(2, [step1], command))
  expect(await story.run('run', 'words')).toMatchObject({ code: 2, err: expect.stringContaining('on_end') })
  story.write('pipelines/words.json', { pipeline_name: 'words', steps: [{ ...step1, ...command }] })
  expect((await story.run('run', 'words')).code).toBe(2)
  story.write('itemwise.yaml', yaml({ on_end: { webhook: 'file:///etc/passwd' } }))
  story.write('pipelines/words.json', { pipeline_name: 'words', steps: [step1] })
  expect(await story.run('run', 'words')).toMatchObject({ code: 2, err: expect.stringContaining('webhook') })
  expect(told(story)).toEqual([])
})

test('--notify shows a notice on the desktop; its text cannot become an option', async () => {
  await using story = await Story.begin(wordFiles(2))
  const name = process.platform === 'darwin' ? 'osascript' : 'notify-send'
  story.write(`bin/${name}`, '#!/bin/sh\nprintf "%s\\n" "$@" > "$(dirname "$0")/../noticed.txt"\n')
  chmodSync(join(story.root, 'bin', name), 0o755)
  story.environment = { PATH: `${join(story.root, 'bin')}:${process.env.PATH}` }
  expect((await story.run('run', 'words')).code).toBe(0)
  expect(story.has('noticed.txt')).toBe(false)
  const { code, err } = await story.run('rerun', 'words', '11', '--notify')
  expect([code, err.includes('\u0007')]).toEqual([0, false])
  expect(story.has('noticed.txt') ? story.read('noticed.txt') : '').toMatch(
    /--\nItemwise\nv1 of words is completed: 2 items/,
  )
})
