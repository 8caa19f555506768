import { describe, expect, test } from 'vitest'
import { apiApp } from '../../api/app.ts'
import type { RunState, StartedRun } from '../../api/documents.ts'
import type { Ports, Runs } from '../../api/ports.ts'
import { StorePages } from '../../api/store-pages.ts'
import { localEstimates } from '../../cli/serve/local-estimates.ts'
import { StepTables } from '../../core/rows/step-tables.ts'
import { FolderStore } from '../../stores/folder.ts'
import { bodyValidator, description, validatorAt } from './description.ts'

/** Takes every run, and knows none. */
class TakesAll implements Runs {
  start(): Promise<StartedRun> {
    return Promise.resolve({ run_id: 'taken', execution_arn: null })
  }
  startedBefore(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
  list() {
    return Promise.resolve({ found: [], last: undefined })
  }
  describe(): Promise<RunState | undefined> {
    return Promise.resolve(undefined)
  }
  begun(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
  abort(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}

const store = new FolderStore('/nowhere')
const ports: Ports = {
  ...{ store, pages: new StorePages(store), runs: new TakesAll(), links: { linkTo: async () => null } },
  ...{ tables: new StepTables(store), reviewer: 'maria', place: { target: 'local', workspace: 'nowhere' } },
  ...{ estimates: localEstimates(store, {}), templates: null, streams: null },
}
const app = apiApp(() => ports)

/** The status that this body gets. */
async function statusOf(method: string, path: string, body: unknown): Promise<number> {
  const headers = { 'Content-Type': 'application/json' }
  return (await app.request(path, { method, headers, body: JSON.stringify(body) })).status
}

/** Every value below a key of this name, with its place. */
function below(value: unknown, key: string, place = '#'): { place: string; found: unknown }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [{ place, found: inner }] : []),
    ...below(inner, key, `${place}/${name}`),
  ])
}

test('every reference leads somewhere, and nothing refers to definitions that a schema brings along', () => {
  const references = below(description, '$ref')
  expect(references.length).toBeGreaterThan(10)
  const lost = references.filter(({ found }) => {
    const parts = String(found).split('/').slice(1)
    return (
      parts.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], description) ===
      undefined
    )
  })
  expect(lost).toEqual([])
  expect(below(description, '$defs')).toEqual([])
  expect(Object.keys(description.components.schemas).filter((name) => name.startsWith('_'))).toEqual([])
})

test('the operations are the routes of the app', () => {
  const said = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const routed = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect([...new Set(routed)].sort()).toEqual([...said].sort())
})

test('what API Gateway answers by itself is said of each operation, in its own form', () => {
  for (const operations of Object.values(description.paths)) {
    for (const { responses } of Object.values(operations)) {
      const said = Object.keys(responses).filter((status) => !/^[23]/.test(status))
      expect(said).toEqual(['403', '429', '504', 'default'])
    }
  }
  const message = validatorAt(['components', 'responses', 'TooManyRequests', 'content', 'application/json', 'schema'])
  expect(message({ message: 'Too Many Requests' })).toBe(true)
})

test('each part of a path is a parameter, and each body that is needed is said to be', () => {
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const { parameters = [] } of Object.values(operations)) {
      const parts = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`)
      expect([path, parts]).toEqual([path, path.match(/\{\w+\}/g) ?? []])
    }
  }
  const bodies = below(description.paths, 'requestBody').map(({ found }) => (found as { required: boolean }).required)
  expect(bodies).toEqual([true, true, false, true, true, true, true])
})

const request = { pipeline_name: 'words', steps: [{ prompt_name: 'define', input_file: 'inputs/words.json' }] }

describe('what is said of a body is what is taken', () => {
  test.each<[boolean, unknown]>([
    [true, request],
    [true, { request }],
    [true, { request, first: 3, offline: true }],
    [true, { rerun: { pipeline: 'words', ids: ['11', 12] } }],
    [true, { rerun: { pipeline: 'words', ids: null, failed: true } }],
    [true, { rerun: { pipeline: 'words', changed: true, max_cost_usd: null } }],
    [true, { resume: { pipeline: 'words' } }],
    [true, { resume: { pipeline: 'words', version: 'v3', max_cost_usd: 2 } }],
    [false, null],
    [false, []],
    [false, {}],
    [false, { request: null }],
    [false, { request: {} }],
    [false, { request: { ...request, steps: [] } }],
    [false, { ...request, frist: 3 }],
    [false, { request, first: 0 }],
    [false, { request, frist: 3 }],
    [false, { rerun: null }],
    [false, { rerun: { pipeline: 'words' } }],
    [false, { rerun: { pipeline: 'words', ids: null, failed: false } }],
    [false, { rerun: { pipeline: '', failed: true } }],
    [false, { resume: { pipeline: 'words', version: 'three' } }],
    [false, { resume: { pipeline: 'words', max_cost_usd: 0 } }],
  ])('POST /runs: %j, %j', async (isTaken, body) => {
    const status = await statusOf('POST', '/runs', body)
    expect([bodyValidator('/runs', 'post')(body), status]).toEqual([isTaken, isTaken ? 202 : 400])
  })

  test.each<[boolean, unknown]>([
    [true, { pipeline_status: 'final' }],
    [true, { notes: null }],
    [true, { notes: '' }],
    [false, {}],
    [false, { pipeline_status: null }],
    [false, { pipeline_status: '' }],
    [false, { status: 'final' }],
    [false, null],
  ])('PATCH …/versions/{version}: %j, %j', async (isTaken, body) => {
    const path = '/pipelines/{pipeline}/versions/{version}'
    const status = await statusOf('PATCH', '/pipelines/a/versions/v0', body)
    expect([bodyValidator(path, 'patch')(body), status]).toEqual([isTaken, isTaken ? 404 : 400])
  })

  const item = { root_id: '11', answer_sha256: 'a'.repeat(64) }

  test.each<[boolean, unknown]>([
    [true, { act: 'approve', items: [item] }],
    [true, { act: 'flag', items: [{ ...item, seen_at: null }], by: 'maria', comment: 'Dull' }],
    [true, { act: 'approve', filter: {}, total: 3 }],
    [true, { act: 'clear', filter: { review: 'flagged', text: 'a' }, total: 3 }],
    [true, { act: 'edit', items: [{ ...item, answer: { a: 1 } }], by: 'maria' }],
    [false, { act: 'edit', filter: {}, total: 3 }],
    [false, { act: 'approve', items: [{ ...item, answer: { a: 1 } }] }],
    [false, { act: 'praise', items: [item] }],
    [false, { act: 'approve', items: [] }],
    [false, { act: 'approve', items: [{ root_id: '11' }] }],
    [false, { act: 'approve', filter: {} }],
    [false, { act: 'approve', filter: { colour: 'red' }, total: 3 }],
    [false, { act: 'approve', items: [item], filter: {}, total: 1 }],
    [false, null],
  ])('POST …/reviews: %j, %j', async (isTaken, body) => {
    const path = '/pipelines/{pipeline}/versions/{version}/steps/{step}/reviews'
    const status = await statusOf('POST', '/pipelines/a/versions/v0/steps/1/reviews', body)
    expect([bodyValidator(path, 'post')(body), status]).toEqual([isTaken, isTaken ? 404 : 400])
  })

  test.each<[boolean, unknown]>([
    [true, {}],
    [true, { max_cost_usd: null }],
    [true, { max_cost_usd: 2 }],
    [false, { max_cost_usd: 0 }],
    [false, { version: 'v3' }],
    [false, []],
  ])('POST …/resume: %j, %j', async (isTaken, body) => {
    const status = await statusOf('POST', '/runs/a/resume', body)
    expect([bodyValidator('/runs/{run_id}/resume', 'post')(body), status]).toEqual([isTaken, isTaken ? 404 : 400])
  })
})

const step = '/pipelines/{pipeline}/versions/{version}/steps/{step}'

test.each<[string, string, string, boolean]>([
  ['/pipelines', 'next', '', false],
  ['/pipelines', 'next', '%', false],
  ['/pipelines', 'next', 'd29yZHM', true],
  ['/pipelines', 'limit', '0', false],
  ['/pipelines', 'limit', '100', true],
  ['/pipelines', 'limit', '101', false],
  ['/runs', 'status', 'completed', true],
  ['/runs', 'status', 'done', false],
  ['/runs', 'status', '', false],
  ['/runs', 'pipeline', 'words', true],
  ['/runs', 'pipeline', '', false],
  ['/pipelines/{pipeline}/versions/{version}/items', 'step', '2', true],
  ['/pipelines/{pipeline}/versions/{version}/items', 'step', '0', false],
  ['/pipelines/{pipeline}/versions/{version}/items', 'step', '100', false],
  ['/pipelines/{pipeline}/versions/{version}/items', 'state', 'failed', true],
  ['/pipelines/{pipeline}/versions/{version}/items', 'state', 'lost', false],
  ['/pipelines/{pipeline}/versions/{version}/items/{item_id}', 'step', '1', true],
  ['/pipelines/{pipeline}/versions/{version}/items/{item_id}', 'step', 'x', false],
  [`${step}/rows`, 'limit', '500', true],
  [`${step}/rows`, 'limit', '501', false],
  [`${step}/rows`, 'from', '0', true],
  [`${step}/rows`, 'from', '-1', false],
  [`${step}/rows`, 'review', 'stale', true],
  [`${step}/rows`, 'review', 'good', false],
  [`${step}/rows`, 'sort', '-field:level', true],
  [`${step}/rows`, 'sort', 'level', false],
  [`${step}/facets`, 'text', '', false],
  [`${step}/position`, 'root_id', '', false],
])('what is said of %s?%s=%s is what is taken', async (path, name, value, isTaken) => {
  const at = description.paths[path]!.get!.parameters!.findIndex((parameter) => parameter.name === name)
  const validate = validatorAt(['paths', path, 'get', 'parameters', String(at), 'schema'])
  const { status } = await app.request(`${path.replaceAll(/[{}]/g, '')}?${name}=${value}`)
  const isNumber = name === 'limit' || name === 'from' || (name === 'step' && value !== 'x')
  // Where nothing is, what was taken is not found.
  expect([validate(isNumber ? Number(value) : value), status]).toEqual([
    isTaken,
    isTaken ? (path.includes('{') ? 404 : 200) : 400,
  ])
})
