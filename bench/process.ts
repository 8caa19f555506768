/**
 * What the handler of Lambda `process` takes, for docs/scale.md and for its size: `npx node bench/process.ts` bundles it as the stack
 * does, lets it work on a chunk in a process of its own, and prints its processor time and its peak memory. S3, the table and
 * Claude's API are servers in this process, on 127.0.0.1 and without TLS. Arguments: the memory in MB, and the number of one case.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { buildSync } from 'esbuild'
import { open } from '../core/stages/open.ts'
import { plan, wholeStep } from '../core/stages/plan.ts'
import { claude } from '../models/claude/claude.ts'
import { FolderStore } from '../stores/folder.ts'
import { startAnthropicServer, testKey } from '../test/anthropic-server.ts'

interface Case {
  calls: number
  /** Characters of an item, and of its answer. */
  item: number
  answer: number
  waves: number
}

const latencyMs = 2000
const [memory = '1024', only] = process.argv.slice(2)
const memoryMb = Number(memory)
const kilobyte = 1000
const usual = { item: 2 * kilobyte, answer: kilobyte, waves: 10 }
const cases: Case[] = [
  { calls: 64, ...usual },
  { calls: 128, ...usual },
  { calls: 128, item: 60 * kilobyte, answer: kilobyte, waves: 4 },
  { calls: 128, item: 2 * kilobyte, answer: 200 * kilobyte, waves: 4 },
]

const schema = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    difficulty: { enum: ['easy', 'medium', 'hard'] },
    hints: { type: 'array', items: { type: 'string' } },
    text: { type: 'string' },
  },
  required: ['title', 'difficulty', 'hints', 'text'],
  additionalProperties: false,
}

/** The files of a version that is planned, by their keys. */
async function planned(folder: string, { calls, item, waves }: Case): Promise<Map<string, Buffer>> {
  for (const name of ['inputs', 'prompts']) mkdirSync(join(folder, name), { recursive: true })
  const items = Array.from({ length: calls * waves }, (_, at) => ({ id: at + 1, text: textOf(item, at) }))
  writeFileSync(join(folder, 'inputs/items.json'), JSON.stringify(items))
  writeFileSync(join(folder, 'prompts/summary.md'), 'Write a problem about {text} with its hints, as JSON.\n')
  const step = {
    ...{ prompt_name: 'summary', input_file: 'inputs/items.json', max_concurrency: calls, output_schema: schema },
    ...{ system: textOf(kilobyte, 1), max_tokens: 64_000 },
  }
  const store = new FolderStore(folder)
  const tools = {
    store,
    provider: claude,
    standIn: false,
    batches: false,
    now: Date.now,
    newId: () => 'run',
    report: () => {},
  }
  const { lease, ref } = await open(tools, {
    kind: 'run',
    request: { pipeline_name: 'summaries', steps: [step] } as never,
  })
  await plan(store, ref, { step: 1, chunkLimits: wholeStep })
  await lease.release()
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    paths.map(({ parentPath, name }) => {
      const file = join(parentPath, name)
      return [file.slice(folder.length + 1), readFileSync(file)]
    }),
  )
}

function textOf(characters: number, seed: number): string {
  const words = 'apple bridge candle delta engine forest garden harbour island jacket kettle lantern'.split(' ')
  const some = Array.from({ length: characters / 7 + 1 }, (_, at) => words[(seed * 7 + at * 13) % words.length])
  return some.join(' ').slice(0, characters)
}

/** S3, DynamoDB and Secrets Manager, as far as the handler asks them. */
async function aws(request: IncomingMessage, response: ServerResponse, objects: Map<string, Buffer>): Promise<void> {
  const body = await buffer(request)
  const target = String(request.headers['x-amz-target'] ?? '').split('.')[1]
  const json = (answer: object) =>
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer))
  const row = { epoch: { N: '1' } }
  if (target === 'GetSecretValue') return void json({ SecretString: testKey })
  if (target === 'GetItem') return void json({ Item: row })
  if (target !== undefined) return void json({ Attributes: row })
  const url = new URL(request.url ?? '', 'http://127.0.0.1')
  const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/')
  if (request.method === 'PUT') objects.set(key, body)
  if (request.method === 'PUT') return void response.writeHead(200).end()
  if (url.searchParams.has('list-type')) {
    const found = [...objects.keys()].filter((name) => name.startsWith(url.searchParams.get('prefix') ?? ''))
    const list = found.map((name) => `<Contents><Key>${name}</Key></Contents>`).join('')
    return void response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${list}</ListBucketResult>`)
  }
  const object = objects.get(key)
  if (object === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
  const [, first = '0', last = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
  const part = object.subarray(Number(first), last === '' ? undefined : Number(last) + 1)
  const range =
    request.headers.range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${object.length}` }
  response.writeHead('content-range' in range ? 206 : 200, { ...range, 'content-length': part.length }).end(part)
}

/** The bundle, and a file that calls it once and says what it took. */
function bundled(folder: string): string {
  buildSync({
    entryPoints: [join(import.meta.dirname, '../lambdas/process.ts')],
    outfile: join(folder, 'process.mjs'),
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node24', minify: true, sourcemap: true },
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  })
  const file = join(folder, 'call.mjs')
  writeFileSync(
    file,
    `import { handler } from './process.mjs'
const started = process.cpuUsage()
const result = await handler(JSON.parse(process.env.EVENT), { getRemainingTimeInMillis: () => 900_000 })
const { user, system } = process.cpuUsage(started)
console.log('@@' + JSON.stringify({ done: result.done, cpu: (user + system) / 1e6, mb: process.resourceUsage().maxRSS / 1024 }))
process.exit()`,
  )
  return file
}

async function measure(folder: string, one: Case): Promise<void> {
  const workspace = mkdtempSync(join(folder, 'workspace-'))
  const objects = await planned(workspace, one)
  const answer = { title: 'A', difficulty: 'easy', hints: ['Look.', 'Add.'], text: textOf(one.answer, 3) }
  const text = JSON.stringify(answer)
  const api = await startAnthropicServer({ key: testKey, latencyMs, record: false, answer: () => text })
  const places = createServer(
    { keepAliveTimeout: 600_000 },
    (request, response) => void aws(request, response, objects),
  )
  places.listen(0, '127.0.0.1')
  await once(places, 'listening')
  const chunks = JSON.parse(String(objects.get('outputs/summaries/v0/work/01_batches.json')))
  const run = { run_id: 'run', pipeline: 'summaries', version: 'v0', epoch: 1, started: Date.now() }
  const event = { run, step: 1, batch: chunks[0], map_concurrency: 1, batch_concurrency: one.calls, left: null }
  const env = {
    ...{ PATH: process.env.PATH, EVENT: JSON.stringify(event), NODE_OPTIONS: '--enable-source-maps' },
    ...{ BUCKET: 'b', TABLE: 't', SECRET: 's', CLAUDE_ACCESS: 'key', ANTHROPIC_BASE_URL: api.url },
    ...{
      AWS_REGION: 'us-east-1',
      POWERTOOLS_METRICS_NAMESPACE: 'bench',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(places.address() as AddressInfo).port}`,
  }
  const heap = `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`
  const child = spawn(process.execPath, [heap, join(folder, 'call.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const said = String(await buffer(child.stdout))
  const line = said.split('\n').find((line) => line.startsWith('@@'))
  if (line === undefined) throw new Error(`The handler said nothing: ${said.slice(-2000)}`)
  const { done, cpu, mb } = JSON.parse(line.slice(2))
  const count = one.calls * one.waves
  const kept = [...objects.keys()].filter((key) => key.endsWith('_output.json')).length
  if (!done || kept !== count) throw new Error(`${kept} answers of ${count} are kept.`)
  console.log(
    `| ${one.calls} | ${one.item / kilobyte} KB | ${one.answer / kilobyte} KB | ${((cpu / count) * 1000).toFixed(1)} ms | ${((cpu / count / (latencyMs / 1000)) * one.calls * 100).toFixed(0)} % | ${mb.toFixed(0)} MB |`,
  )
  places.close()
  await api.close()
}

const folder = mkdtempSync(join(tmpdir(), 'itemwise-process-'))
try {
  bundled(folder)
  console.log(
    '| calls | item | answer | processor an answer | of a core at 2 s an answer | peak memory |\n|--:|--:|--:|--:|--:|--:|',
  )
  for (const one of only === undefined ? cases : cases.slice(Number(only), Number(only) + 1)) await measure(folder, one)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
