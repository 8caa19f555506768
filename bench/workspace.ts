/** The workspace of the benchmarks: items of about 400 characters, a template of two variables. Deterministic. */

import { once } from 'node:events'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const words = 'apple bridge candle delta engine forest garden harbour island jacket kettle lantern'.split(' ')

export interface BenchItem {
  id: number
  title: string
  text: string
}

/** Item n, always the same; `changed` gives it another text. */
export function benchItem(n: number, changed = false): BenchItem {
  const text = Array.from({ length: 55 }, (_, at) => words[(n * 7 + at * 13 + ((n * at) >> 3)) % words.length]).join(
    ' ',
  )
  return { id: n, title: `Item ${n}`, text: changed ? `${text} changed` : text }
}

/** Makes the workspace in `folder`. `changedEvery`: every n-th item has another text than in the plain one; 0 none. */
export async function benchWorkspace(
  folder: string,
  { items, concurrency, changedEvery = 0 }: { items: number; concurrency: number; changedEvery?: number },
): Promise<void> {
  for (const name of ['inputs', 'prompts', 'pipelines']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'prompts/summary.md'), 'Summarise this as JSON.\n\n{title}\n\n{text}\n')
  const request = {
    pipeline_name: 'summaries',
    steps: [{ prompt_name: 'summary', input_file: 'inputs/items.json', max_concurrency: concurrency }],
  }
  writeFileSync(join(folder, 'pipelines/summaries.json'), JSON.stringify(request, null, 2))
  await writeItems(join(folder, 'inputs/items.json'), { items, changedEvery })
}

export async function writeItems(
  file: string,
  { items, changedEvery }: { items: number; changedEvery: number },
): Promise<void> {
  const out = createWriteStream(file)
  for (let n = 1; n <= items; n++) {
    const item = benchItem(n, changedEvery > 0 && n % changedEvery === 0)
    if (!out.write(`${n === 1 ? '[\n' : ',\n'}${JSON.stringify(item)}`)) await once(out, 'drain')
  }
  out.end('\n]\n')
  await once(out, 'finish')
}
