/** A program that gives a run its items by a generator: for the memory that the library takes. Arguments: the workspace, the items, the calls at once. */
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { benchItem } from './workspace.ts'

const [folder = '.', items = '1000', concurrency = '64'] = process.argv.slice(2)
// The package, as a program gets it.
const built = pathToFileURL(join(resolve(import.meta.dirname, '..'), 'dist/index.js')).href
const { openWorkspace }: typeof import('../index.ts') = await import(built)

async function* generated() {
  for (let n = 1; n <= Number(items); n++) yield benchItem(n)
}

const run = await openWorkspace(folder, { smallHeap: true }).run({
  pipeline_name: 'summaries',
  steps: [
    {
      prompt: 'Summarise this as JSON.\n\n{title}\n\n{text}\n',
      items: generated(),
      max_concurrency: Number(concurrency),
    },
  ],
})
let answers = 0
for await (const _ of run.answers()) answers += 1
console.log(answers)
