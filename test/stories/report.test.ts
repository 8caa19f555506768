import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

const harm =
  '<script>alert(1)</script><img src="http://evil.example/a.png" onerror=alert(1)>\u202e\u0007&amp; "quoted" \'single\''

/** Two versions: answers of people and of strangers, a failure, and what people said. */
async function begun(count = 6): Promise<Story> {
  const story = await Story.begin(wordFiles(count, [step1, step2], { notes: harm }))
  story.api.answer = ({ prompt }) => {
    if (prompt === 'Define w2.') return JSON.stringify({ answer: harm, [harm]: [harm], long: 'x'.repeat(5000) })
    return prompt === 'Define w4.' ? { refusal: true } : undefined
  }
  expect((await story.run('run', 'pipelines/words.json')).code).toBe(3)
  await story.run('flag', 'words', '12', '--step', '1', '--by', harm, '--comment', harm)
  await story.run('edit', 'words', '13', '--set', 'answer=mine', '--by', 'Otto')
  story.api.answer = ({ prompt }) =>
    prompt.startsWith('Define w5') ? JSON.stringify({ answer: 'a new text' }) : undefined
  await story.run('rerun', 'words', '15')
  return story
}

test('a report is one file that loads nothing and runs nothing, and what others wrote is text', async () => {
  await using story = await begun()
  expect(await story.run('report', 'words', '--against', 'v0', '--output', 'r.html')).toEqual({
    ...{ code: 0, out: '', err: 'words v1 is in r.html, with all of its items.\n' },
  })
  const page = story.read('r.html')
  expect(page).toMatch(
    /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-[\w+/]+=&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">/,
  )
  const tags = new Set([...page.matchAll(/<([a-z]\w*)/g)].map(([, name]) => name))
  for (const name of ['script', 'img', 'link', 'iframe', 'object', 'base', 'form']) expect(tags).not.toContain(name)
  const attributes = new Set(
    [...page.matchAll(/<[a-z][^>]*>/g)].flatMap(([tag]) => [...tag.matchAll(/ ([\w-]+)=/g)].map(([, name]) => name)),
  )
  for (const name of ['src', 'style', 'onerror', 'onload', 'action']) expect(attributes).not.toContain(name)
  expect([...page.matchAll(/href="([^"]*)"/g)].every(([, to]) => to!.startsWith('#'))).toBe(true)
  expect(page).toContain(
    '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=&quot;http://evil.example/a.png&quot; onerror=alert(1)&gt;\uFFFD\uFFFD&amp;amp; &quot;quoted&quot; &#39;single&#39;',
  )
  for (const hidden of ['\u0007', '\u202e']) expect(page).not.toContain(hidden)
  const text = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
  for (const said of [
    'latest, rerun on v0',
    'not applied: answer',
    '(1,000 more characters are left out)',
    'refus',
    'Against v0',
    '6 items, all of them.',
  ])
    expect(text).toContain(said)
  expect(page).toMatch(/<del>[^<]*<\/del>.*<ins>a new text<\/ins>/s)
  // The same on stdout, and nothing of it changes anything.
  expect((await story.run('report', 'words', 'v1', '--against', '0')).out).toBe(page)
})

test('what has no room is said: failed, flagged and edited items come first', async () => {
  await using story = await begun(30)
  const { code, out, err } = await story.run('report', 'words', '--items', '4', '--output', 'r.html', '--json')
  expect({ code, err, said: JSON.parse(out) }).toEqual({
    ...{ code: 0, err: '' },
    said: { pipeline: 'words', version: 'v1', output: 'r.html', items: 30, shown: 4 },
  })
  const text = story
    .read('r.html')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
  expect(text).toContain(
    '4 of 30 items are shown: 1 of 1 failed, 1 of 1 flagged, 1 of 1 edited, 1 of 27 other. The other 26 are left out;',
  )
  const ids = [...story.read('r.html').matchAll(/<article id="i\d+"><header><h3>(\d+)</g)].map(([, id]) => id)
  expect(ids).toEqual(['11', '12', '13', '14'])
})

test('a version of a single call, and one that stopped in the middle, have a report too', async () => {
  const whole = { prompt_name: 'rate', batch_mode: false, output_file: 'all.md', input_file: 'inputs/words.json' }
  await using story = await Story.begin({ ...wordFiles(2, [whole]), 'prompts/rate.md': 'All of {input}' })
  story.api.answer = () => harm
  await story.run('run', 'pipelines/words.json')
  expect((await story.run('report', 'words')).out).toContain('&lt;script&gt;')
  await using stopped = await Story.begin(wordFiles(3, [{ ...step1, batch_stop_on_error: true }, step2]))
  stopped.api.answer = () => ({ status: 400, message: 'No.' })
  expect((await stopped.run('run', 'pipelines/words.json')).code).toBe(1)
  const { code, out } = await stopped.run('report', 'words', 'v0')
  expect([code, out]).toEqual([0, expect.stringContaining('<span class="chip failed">failed</span>')])
})

test.each([
  [['words', 'v7'], 'words has no version v7.'],
  [['words', 'v1', '--against', 'v1'], '--against names v1, which is the version of the report.'],
  [['words', '--json'], '--json says what was written'],
  [['words', '--items', '0'], 'Expected a whole number from 1.'],
  [['words', '--output', 'no/such/r.html'], 'cannot be written'],
])('report %j is refused', async (words, message) => {
  await using story = await begun(5)
  const { code, err } = await story.run('report', ...words)
  expect([code === 0, err]).toEqual([false, expect.stringContaining(message)])
})
