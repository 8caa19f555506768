/**
 * A program that uses the API by a client made of its description: `node story.ts <url> <token>`. It is checked and run in a folder of
 * its own, beside the types that are made there (generated-client.slow.test.ts), so the compiler of this repository leaves it out.
 */
import createClient from 'openapi-fetch'
import type { components, paths } from './openapi-types.ts'

const [baseUrl = '', token = '', pipeline_name = ''] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } })

function said<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error))
  return data
}

const output_schema = {
  type: 'object',
  properties: { text: { type: 'string' } },
  required: ['text'],
  additionalProperties: false,
}
const request: components['schemas']['RunRequest'] = {
  pipeline_name,
  steps: [{ prompt_name: 'define', input_file: 'inputs/words.json', output_schema }],
}
const header = { 'Idempotency-Key': `${pipeline_name} 1` }
const start = () => client.POST('/runs', { params: { header }, body: { request, offline: true } })
const { run_id } = said(await start())
console.log('started twice, one run:', said(await start()).run_id === run_id)

let run = said(await client.GET('/runs/{run_id}', { params: { path: { run_id } } }))
while (run.status === 'running') {
  await new Promise((resolve) => setTimeout(resolve, 100))
  run = said(await client.GET('/runs/{run_id}', { params: { path: { run_id } } }))
}
const [step] = run.steps
console.log('ended:', run.status, run.error, run.pipeline, run.version, step?.answered, run.cost_usd)

const of = { pipeline: pipeline_name, version: 'latest' }
const { versions, next } = said(
  await client.GET('/pipelines/{pipeline}/versions', { params: { path: of, query: { limit: 1 } } }),
)
console.log('listed:', versions[0]?.version, versions[0]?.pipeline_status, next)

const body = { pipeline_status: 'final' }
const labelled = said(await client.PATCH('/pipelines/{pipeline}/versions/{version}', { params: { path: of }, body }))
console.log('labelled:', labelled.version, labelled.pipeline_status)

const page = said(
  await client.GET('/pipelines/{pipeline}/versions/{version}/items', {
    params: { path: of, query: { step: 1, state: 'answered', limit: 1 } },
  }),
)
const item_id = page.items[0]?.item_id ?? ''
const path = { ...of, item_id }
const item = said(await client.GET('/pipelines/{pipeline}/versions/{version}/items/{item_id}', { params: { path } }))
console.log('items:', item_id, page.next !== null, item.steps[0]?.prompt, item.steps[0]?.answer !== null)

const file = await client.GET('/pipelines/{pipeline}/versions/{version}/steps/{step}/collated', {
  params: { path: { ...of, step: '1' } },
})
console.log('collated:', Array.isArray(file.data) && file.data.length)

const { runs } = said(
  await client.GET('/runs', { params: { query: { pipeline: pipeline_name, status: 'completed' } } }),
)
console.log(
  'runs:',
  runs.map((listed) => listed.run_id === run_id),
)

const missing = await client.GET('/runs/{run_id}', { params: { path: { run_id: 'nobody' } } })
if (missing.error !== undefined && 'detail' in missing.error) console.log('refused:', missing.error.detail)
