/** Answers and pages of people who mean harm: nothing of theirs runs, nothing leaves, and nothing of ours is told. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { promptOf } from '../anthropic-server/answer.ts'
import type { Fault } from '../anthropic-server.ts'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, Reviewing } from './browser.ts'

closeBrowserAtEnd()

const hit = 'window.hit=(window.hit||0)+1'
const harmful = [
  `# Title`,
  `<script>${hit}</script><img src="http://evil.example/a.png" onerror="${hit}"><svg onload="${hit}"><a href="javascript:${hit}">x</a></svg>`,
  `[run](javascript:${hit}) [data](data:text/html,<script>${hit}</script>) [good](https://good.example/a "t")`,
  `![seen](http://evil.example/seen.png)`,
  '<iframe srcdoc="<script>parent.hit=1</script>"></iframe><style>body{display:none}</style>',
  `**bold** \`<b>\``,
].join('\n\n')

/** The answer to the word that a prompt is about. */
function answerTo(prompt: string): Fault | string {
  if (prompt.includes('w1.'))
    return JSON.stringify({ answer: harmful, [`<img src=x onerror=${hit}>`]: '<script>1</script>' })
  const long = JSON.stringify({ answer: `${'word '.repeat(1_000_000)}end` })
  // The server would cut it off at max_tokens.
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-5-5',
    stop_reason: 'end_turn',
  }
  const content = [{ type: 'text', text: long }]
  if (prompt.includes('w2.')) return { body: { ...message, content, usage: { input_tokens: 10, output_tokens: 10 } } }
  return JSON.stringify({ answer: 'plain' })
}

inBrowser('the page', () => {
  test('shows what a stranger wrote as text, Markdown without what could do anything, and 5 MB as a part', async () => {
    await using story = await Story.begin(wordFiles(3, [step1]), { answer: ({ body }) => answerTo(promptOf(body)) })
    await story.run('run', 'pipelines/words.json')
    await using reviewing = await Reviewing.begin(story, 'words', 'v0')
    const { page, press, shows, faults, asked } = await reviewing.open()
    await shows('3 items')
    await press('Enter')
    const answer = page.locator('.answer .pane-body')
    await answer.locator('.markdown strong').waitFor()
    expect(await answer.locator('script, img, svg, iframe, style, [onerror], [onload]').count()).toBe(0)
    const links = answer.locator('.markdown a[href]')
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
      'https://good.example/a',
    ])
    expect(await links.first().textContent()).toBe('good (good.example)')
    expect(await links.first().getAttribute('rel')).toBe('noopener noreferrer')
    expect(await answer.textContent()).toContain('[picture: seen, http://evil.example/seen.png]')
    expect(await answer.textContent()).toContain(`<img src=x onerror=${hit}>`)
    await press('j')

    await shows(/of 4,950,003 more characters/)
    const drawn = await page.evaluate('document.body.textContent.length')
    expect(drawn).toBeLessThan(200_000)
    await press('v', 'v', 'Escape')
    await shows('3 items')
    expect(await page.evaluate('window.hit')).toBeUndefined()
    expect(asked.filter((url) => !url.startsWith(reviewing.origin))).toEqual([])
    expect(faults).toEqual([])
  })

  test('is closed to pages of other servers, of this machine too, and to names that lead here', async () => {
    await using story = await Story.begin(wordFiles(1, [step1]))
    await story.run('run', 'pipelines/words.json')
    await using reviewing = await Reviewing.begin(story, 'words', 'v0')
    const { page, shows } = await reviewing.open()
    await shows('1 item')
    const url = `${reviewing.origin}/pipelines/words/versions/v0/steps/1`
    const tries = `
      const told = []
      const ask = (...sent) => fetch(...sent).then((answer) => told.push(answer.type + ' ' + answer.status), () => told.push('refused'))
      const body = JSON.stringify({ act: 'approve', filter: {}, total: 1 })
      Promise.all([
        ask('${url}/rows', { credentials: 'include' }),
        ask('${url}/reviews', { method: 'POST', credentials: 'include', body }),
        ask('${url}/reviews', { method: 'POST', credentials: 'include', body, headers: { 'Content-Type': 'application/json' } }),
        ask('${url}/reviews', { method: 'POST', mode: 'no-cors', credentials: 'include', body }),
        new Promise((done) => {
          const frame = document.createElement('iframe')
          frame.onload = () => { told.push('frame ' + frame.contentWindow.length); done() }
          frame.src = '${reviewing.origin}/'
          document.body.append(frame)
        }),
      ]).then(() => { document.title = told.sort().join(', ') })`
    const evil = createServer((_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<body><script>${tries}</script>`),
    )
    await new Promise<void>((listening) => evil.listen(0, '127.0.0.1', listening))
    try {
      const { port } = evil.address() as AddressInfo
      for (const name of ['127.0.0.1', 'localhost', 'evil.example']) {
        await page.goto(`http://${name}:${port}/`)
        await page.waitForFunction('document.title.includes(",")')
        expect([name, await page.title()]).toEqual([name, 'frame 0, refused, refused, refused, refused'])
      }
      const rebound = await page.goto(reviewing.address.replace('127.0.0.1', 'evil.example'))
      expect(rebound?.status()).toBe(403)
      const { out } = await story.run('reviews', 'words', '--json')
      expect(JSON.parse(out)).toMatchObject([{ state: 'unreviewed', at: null }])
    } finally {
      evil.close()
      evil.closeAllConnections()
    }
  })

  test('keeps what could steer a terminal as it was said, and the command line prints it harmless', async () => {
    await using story = await Story.begin(wordFiles(1, [step1]))
    await story.run('run', 'pipelines/words.json')
    await using reviewing = await Reviewing.begin(story, 'words', 'v0')
    const { page, press, shows } = await reviewing.open()
    await shows('1 item')
    await press('f')
    const steering = '\u001b]0;owned\u0007\u001b[2J red \u202e rtl'
    await page.getByRole('textbox', { name: /What is wrong/ }).fill(steering)
    await press('Enter')
    await page.locator('.row .badge-flagged:not(.badge-waits)').waitFor()
    expect(story.read('outputs/words/reviews.jsonl')).toContain(JSON.stringify(steering).slice(1, -1))
    const { out } = await story.run('reviews', 'words')
    expect(out).toContain('red')
    for (const sign of ['\u0007', '\u001b', '\u202e']) expect(out).not.toContain(sign)
  })
})
