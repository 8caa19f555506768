/** Who may use the server of the page: the browser that was opened with its token, and no page of others. */
import { describe, expect, test } from 'vitest'
import { sendHttp } from '../api/adapters.ts'
import { Story } from '../stories/story.ts'
import { wordFiles } from '../stories/words.ts'
import { Reviewing } from './browser.ts'

interface Asked {
  path?: string
  method?: string
  headers?: Record<string, string>
}

async function begun() {
  const story = await Story.begin(wordFiles(2))
  await story.run('run', 'pipelines/words.json')
  const reviewing = await Reviewing.begin(story)
  const { origin, port, search } = new URL(reviewing.address)
  const cookie = `itemwise-${port}=${search.slice('?token='.length)}`
  const ask = ({ path = '/pipelines', method = 'GET', headers = {} }: Asked) =>
    sendHttp({ url: origin, method, path, headers, text: method === 'GET' ? undefined : '{}' })
  return { story, reviewing, origin, port, search, cookie, ask }
}

describe('the server of the page', () => {
  test('gives a cookie for the token in the address, and takes it from then on', async () => {
    const { story, reviewing, origin, port, search, cookie } = await begun()
    await using _story = story
    await using _reviewing = reviewing
    const opened = await fetch(`${origin}/${search}`)
    expect(opened.status).toBe(200)
    expect(opened.headers.get('set-cookie')).toBe(`${cookie}; Path=/; HttpOnly; SameSite=Strict`)
    expect(await opened.text()).toContain('<title>Itemwise</title>')
    expect((await fetch(`${origin}/pipelines`, { headers: { Cookie: cookie } })).status).toBe(200)
    expect((await fetch(`${origin}/`, { headers: { Cookie: cookie } })).status).toBe(200)
    for (const Cookie of ['', `itemwise-${port}=wrong`, cookie.replace(port, '80')]) {
      for (const path of ['/pipelines', '/', '/page/index.html', '/?token=wrong'])
        expect([path, (await fetch(origin + path, { headers: { Cookie } })).status]).toEqual([path, 401])
    }
  })

  test('says in every answer what a browser may do with it', async () => {
    const { story, reviewing, origin, search, cookie } = await begun()
    await using _story = story
    await using _reviewing = reviewing
    const page = await fetch(`${origin}/${search}`)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy.replace(/'nonce-[\w-]{22}'/, 'NONCE').split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' NONCE",
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types dompurify',
    ])
    const html = await page.text()
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=/)
    const files = [...html.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path]) => path ?? '')
    expect(files.length).toBeGreaterThan(2)
    for (const path of ['/pipelines', '/nowhere', '/page/nothing.js', ...files]) {
      const { headers } = await fetch(origin + path, { headers: { Cookie: cookie } })
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff'])
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('answers no other name, no other origin and no other site, whatever they have', async () => {
    const { story, reviewing, origin, port, search, cookie, ask } = await begun()
    await using _story = story
    await using _reviewing = reviewing
    const Cookie = cookie
    for (const path of ['/pipelines', `/${search}`])
      for (const Host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`])
        expect(await ask({ path, headers: { Cookie, Host } })).toMatchObject({
          status: 403,
          text: expect.stringContaining('The request is for the host'),
        })
    const foreign: Record<string, string>[] = [
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { Origin: `http://127.0.0.1:${Number(port) + 1}` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ]
    for (const headers of foreign)
      for (const method of ['GET', 'POST'])
        expect(await ask({ method, path: '/runs', headers: { Cookie, ...headers } })).toMatchObject({
          status: 403,
          text: expect.stringContaining('other sites may not use it'),
        })
    expect(await ask({ headers: { Cookie, Origin: origin, 'Sec-Fetch-Site': 'same-origin' } })).toMatchObject({
      status: 200,
    })
    // A link in a mail leads here: the page itself, without its data.
    expect(
      await ask({ path: `/${search}`, headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'document' } }),
    ).toMatchObject({ status: 200 })
    for (const path of ['/page/..%2f..%2fpackage.json', '/page/%2e%2e/package.json', '/page/../../etc/passwd'])
      expect((await ask({ path, headers: { Cookie } })).status).toBe(404)
  })
})
