/** What `itemwise review` answers: the files of the page, and the API that the page is a client of. */
import { randomBytes } from 'node:crypto'
import { extname } from 'node:path'
import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono/quick'
import { problemAnswer, problemIn } from '../../api/problem.ts'
import type { PageFiles } from './page-files.ts'

export interface Parts {
  files: PageFiles
  /** Lets a request in, or throws HttpProblem. */
  guard: MiddlewareHandler
  /** The API, which has no guard of its own. */
  api: (request: Request) => Response | Promise<Response>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

export function pageApp({ files, guard, api }: Parts): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(forAll)) c.res.headers.set(name, value)
  })
  app.use(guard)
  app.onError((error) => problemAnswer(problemIn(error)))
  app.get('/', (c) => page(c, files))
  app.get('/page/:name', (c) => file(c, files))
  app.all('*', (c) => api(c.req.raw))
  return app
}

/** Nothing of ours is shown inside another page, read by one, or guessed to be of another type. */
const forAll = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Scripts and styles come from here only, and requests go nowhere else. The editor adds its styles with the nonce. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types dompurify',
  ].join('; ')
}

function page(c: Context, files: PageFiles): Response {
  const nonce = randomBytes(16).toString('base64url')
  const html = Buffer.from(files.get('index.html')!).toString('utf8').replace('{nonce}', nonce)
  return c.body(html, 200, {
    'Content-Type': types['.html']!,
    'Content-Security-Policy': policy(nonce),
    'Cache-Control': 'no-store',
  })
}

/** Their names change with their content. */
function file(c: Context, files: PageFiles): Response | Promise<Response> {
  const found = files.get(c.req.param('name') ?? '')
  const type = types[extname(c.req.param('name') ?? '')]
  if (found === undefined || type === undefined) return c.notFound()
  return c.body(new Uint8Array(found), 200, {
    'Content-Type': type,
    'Cache-Control': 'private, max-age=31536000, immutable',
  })
}
