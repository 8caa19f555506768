import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chunk, PlanLine } from '../../../core/documents.ts'
import { planMissing } from '../../../core/stages/plan-missing.ts'
import { stepFiles } from '../../../core/store.ts'
import { bareLine } from '../../../core/versions/ledger.ts'
import { readText } from '../../../core/versions/version-documents.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { WorkspaceFolder } from '../../version-folder.ts'
import { planLine } from '../steps.ts'

let workspace: WorkspaceFolder
let store: FolderStore
const ref = { pipeline: 'poems', version: 'v1' }

beforeEach(() => {
  workspace = new WorkspaceFolder()
  store = new FolderStore(workspace.root)
})
afterEach(() => workspace.remove())

/** A step whose plan is cut into chunks of two lines; items that are not to be processed are in them too. */
function planned(decisions: PlanLine['decision'][]): { lines: PlanLine[]; chunks: Chunk[] } {
  const lines = decisions.map((decision, at) => ({ ...planLine(at + 1), decision }))
  const texts = lines.map((line) => `${JSON.stringify(line)}\n`)
  const chunks: Chunk[] = []
  for (let at = 0, from = 0; at < texts.length; at += 2) {
    const end = from + Buffer.byteLength(texts.slice(at, at + 2).join(''))
    const process = decisions.slice(at, at + 2).filter((decision) => decision === 'process').length
    chunks.push({ batch: chunks.length + 1, bytes: [from, end], process })
    from = end
  }
  workspace.version(ref, { metadata: { status: 'running' }, steps: [{ prompt_name: 'write', items: [] }] })
  workspace.write(stepFiles(ref, 1).plan, texts.join(''))
  workspace.write(stepFiles(ref, 1).chunks, JSON.stringify(chunks))
  return { lines, chunks }
}

const spending = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0, cost_usd: 0 }

async function keep(...lines: PlanLine[]): Promise<void> {
  const keeper = await store.keeper(ref, 1)
  for (const line of lines) {
    const call = {
      model: 'm',
      milliseconds: 5,
      attempts: 1,
      request_id: 'req_1',
      answer_version: 'v1',
      fingerprint: 'f',
    }
    await keeper.keep({
      line: { ...bareLine(line), ...spending, ...call, state: 'answered' },
      answer: '{}',
      reply: null,
    })
  }
  await keeper.close()
}

async function missing(): Promise<Chunk[]> {
  const { file, chunks } = await planMissing(store, ref, 1)
  const listed: Chunk[] = JSON.parse(await readText(store, file))
  expect(listed).toHaveLength(chunks)
  return listed
}

test('the chunks of which any item is missing are listed as they were cut, and no others', async () => {
  const { lines, chunks } = planned(['process', 'process', 'process', 'skip', 'process', 'process', 'process'])
  await keep(lines[0]!, lines[1]!, lines[2]!, lines[4]!)
  expect(await missing()).toEqual([chunks[2], chunks[3]])
})

test('items that are carried over or skipped are no part of what is missing', async () => {
  planned(['skip', 'carry', 'skip'])
  expect(await missing()).toEqual([])
})

test('of a step of which nothing is kept, every chunk is missing', async () => {
  const { chunks } = planned(['process', 'process', 'process'])
  expect(await missing()).toEqual(chunks)
})
