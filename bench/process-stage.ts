/** Runs the pipeline of a workspace and prints how many seconds its process stage took. */
import { resolve } from 'node:path'

const { runPipeline } = (await import(resolve(import.meta.dirname, '../dist/index.js'))) as typeof import('../index.ts')
const { default: request } = await import(resolve(process.argv[2] ?? '', 'pipelines/summaries.json'), {
  with: { type: 'json' },
})

let started = 0
let ended = 0
await runPipeline(request, {
  workspace: process.argv[2] ?? '',
  onProgress: ({ type }) => {
    if (type === 'step') started = performance.now()
    if (type === 'item') ended = performance.now()
  },
})
console.log((ended - started) / 1000)
