/**
 * Two prompts on the same items, in the test runner of Node: the new one must not sort more of them wrongly. Both versions are kept,
 * so `itemwise compare tickets v0 v1 --detail` shows afterwards what changed.
 *
 *     node --test compare-prompts.test.ts
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorkspace, type Run } from 'itemwise'
import { z } from 'zod'

const tickets = [
  { id: 'T-1', text: 'My card was charged twice in May.', team: 'billing' },
  { id: 'T-2', text: 'The page says that my password is wrong.', team: 'tech' },
  { id: 'T-3', text: 'The invoice names my old address.', team: 'billing' },
]
const expected = new Map(tickets.map(({ id, team }) => [id, team]))
const sorted = z.object({ team: z.enum(['billing', 'tech']) })

test('the new prompt sorts no more tickets wrongly than the old one', async () => {
  const workspace = openWorkspace('.')
  const old = await workspace.run({
    pipeline_name: 'tickets',
    steps: [
      {
        prompt: 'Which team is this ticket for? {text}',
        // The model does not see the answer that is expected.
        items: tickets.map(({ id, text }) => ({ id, text })),
        batch_id_field: 'id',
        output_schema: sorted,
      },
    ],
  })
  const before = await wrong(old)
  const prompts = { step_1: 'Which team is this ticket for? Invoices are for billing. {text}' }
  const after = await wrong(await workspace.rerun({ pipeline: 'tickets', base: old.version, changed: true, prompts }))
  assert.ok(after.length <= before.length, `The new prompt sorts ${after} wrongly, the old one ${before}.`)
})

/** The ids of the tickets that have another team than expected, or no answer. */
async function wrong(run: Run): Promise<string[]> {
  const ids = new Set(expected.keys())
  for await (const { id, answer } of run.answers()) {
    if (sorted.parse(answer).team === expected.get(id)) ids.delete(id)
  }
  return [...ids]
}
