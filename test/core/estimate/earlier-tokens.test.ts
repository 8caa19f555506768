import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LedgerLine } from '../../../core/documents.ts'
import { earlierTokens } from '../../../core/estimate/earlier-tokens.ts'
import { sha256 } from '../../../core/text/ids.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { type FolderStep, WorkspaceFolder } from '../../version-folder.ts'
import { stepWith } from '../steps.ts'

let workspace: WorkspaceFolder
beforeEach(() => {
  workspace = new WorkspaceFolder()
})
afterEach(() => workspace.remove())

const today = stepWith({ prompt_name: 'write', template_sha256: sha256('Write {text}') })
const earlier = (step = today) => earlierTokens(new FolderStore(workspace.root), 'words', step)

/** A version with one step whose items took so many output tokens. */
function version(name: string, outputs: number[], change: Partial<FolderStep> = {}, pipeline = 'words'): void {
  const items = outputs.map((output_tokens, at) => ({
    id: String(at + 1),
    answer: `{"id":${at + 1}}`,
    line: { output_tokens, input_tokens: 100, cache_read_tokens: 40, cache_write_tokens: 10 } as Partial<LedgerLine>,
  }))
  const step = { prompt_name: 'write', template: 'Write {text}', items, ...change }
  workspace.version({ pipeline, version: name }, { steps: [step] })
}

test('tokens are those of the ledger: the shortest tenth, the mean, the longest tenth', async () => {
  version('v0', [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 220])
  expect(await earlier()).toEqual({
    versions: ['v0'],
    answers: 11,
    input: { low: 150, likely: 150, high: 150 },
    output: { low: 20, likely: 70, high: 100 },
    answer_bytes: 8.181818181818182,
    items: 11,
  })
})

test('without an earlier run there is nothing', async () => {
  expect(await earlier()).toBeNull()
})

test('the newest versions come together, newest first', async () => {
  version('v0', [10])
  version('v1', [20, 30])
  expect(await earlier()).toMatchObject({ versions: ['v1', 'v0'], answers: 3, items: 2, output: { likely: 20 } })
})

test('enough answers of the newest version leave the older ones unread', async () => {
  version('v0', [10])
  version(
    'v1',
    Array.from({ length: 200 }, () => 50),
  )
  expect(await earlier()).toMatchObject({ versions: ['v1'], answers: 200 })
})

test('a try-out of the pipeline counts as a run', async () => {
  version('01KJ0000000000000000000000', [70], {}, '_runs')
  expect(await earlier()).toMatchObject({ versions: ['01KJ0000000000000000000000'], output: { likely: 70 } })
})

describe('the best that there is counts', () => {
  test('the same template before one of the same name', async () => {
    version('v0', [10])
    version('v1', [99], { template: 'Write more of {text}' })
    expect(await earlier()).toMatchObject({ versions: ['v0'], output: { likely: 10 } })
  })

  test('the same model before another', async () => {
    version('v0', [10])
    version('v1', [99], { step: { model: 'claude-opus-5-5' } })
    expect(await earlier()).toMatchObject({ versions: ['v0'], output: { likely: 10 } })
  })

  test('another text of the template before nothing', async () => {
    version('v0', [99], { template: 'Write more of {text}' })
    expect(await earlier()).toMatchObject({ versions: ['v0'], output: { likely: 99 } })
  })

  test('the same template under another name', async () => {
    version('v0', [10], { prompt_name: 'compose' })
    expect(await earlier()).toMatchObject({ versions: ['v0'] })
  })
})

describe('what says nothing is left out', () => {
  test('another prompt, and a single call', async () => {
    version('v0', [10], { prompt_name: 'rate', template: 'Rate {text}' })
    version('v1', [10], { step: { batch_mode: false } })
    expect(await earlier()).toBeNull()
  })

  test('answers of the stand-in', async () => {
    version('v0', [10])
    const run = 'outputs/words/v0/run.json'
    const store = new FolderStore(workspace.root)
    const text = Buffer.concat(await Array.fromAsync(store.read(run))).toString()
    workspace.write(run, text.replace('"stand_in": false', '"stand_in": true'))
    expect(await earlier()).toBeNull()
  })

  test('items that were carried over, and those that got no reply', async () => {
    const items = [
      { id: '1', answer: '{"id":1}', from: 'v0', line: { output_tokens: 0 } },
      { id: '2', line: { model: null, output_tokens: 0 } },
      { id: '3', answer: '{"id":3}', line: { output_tokens: 30 } },
    ]
    version('v1', [], { items })
    expect(await earlier()).toMatchObject({ answers: 1, items: 1, output: { likely: 30 } })
  })

  test('a version whose documents are damaged', async () => {
    version('v0', [10])
    version('v1', [20])
    workspace.write('outputs/words/v1/run.json', '{')
    expect(await earlier()).toMatchObject({ versions: ['v0'] })
  })
})
