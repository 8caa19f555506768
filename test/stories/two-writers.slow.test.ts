/** Two servers and a command line say something of the same answers at the same time: whoever was not first is told what was said. */
import { expect, test } from 'vitest'
import type { Review } from '../../core/review.ts'
import { Served } from '../api/adapters.ts'
import { ofLines, Story } from './story.ts'
import { step1, wordFiles } from './words.ts'

const path = '/pipelines/words/versions/v0/steps/1'
const count = 40

interface Row {
  root_id: string
  answer_sha256: string
}

interface Told {
  by: string
  root_id: string
  status: number
  /** What was said instead. */
  there: string | undefined
}

async function say(served: Served, by: string, { root_id, answer_sha256 }: Row): Promise<Told> {
  const body = { act: by === 'maria' ? 'approve' : 'flag', by, items: [{ root_id, answer_sha256, seen_at: null }] }
  const { status, text } = await served.send('POST', `${path}/reviews`, { body })
  return { by, root_id, status, there: JSON.parse(text).there?.[0]?.by }
}

test('of two servers that review an item at once one is refused, and learns what the other one said', async () => {
  await using story = await Story.begin(wordFiles(count, [step1]))
  await story.run('run', 'pipelines/words.json')
  const servers = await Promise.all([Served.start(story), Served.start(story)])
  const [marias, ottos] = servers as [Served, Served]
  const { text } = await marias.send('GET', `${path}/rows`)
  await ottos.send('GET', `${path}/rows`)
  const rows: Row[] = JSON.parse(text).rows

  // Ana has not looked at anything: what she says counts beside what the others say.
  const ana = story.start('comment', 'words', ...rows.map(({ root_id }) => root_id), '--by', 'ana', '--comment', 'Hm')
  const told: Told[] = []
  for (const row of rows.slice(0, -1))
    told.push(...(await Promise.all([say(marias, 'maria', row), say(ottos, 'otto', row)])))
  expect((await ana.ended).code).toBe(0)
  // Whoever has not seen Ana's comment is refused, too.
  told.push(await say(marias, 'maria', rows.at(-1)!))

  const acts = ofLines<Review>(story.read('outputs/words/reviews.jsonl'))
  const kept = acts.filter(({ by }) => by !== 'ana').map(({ by, root_id }) => `${by} ${root_id}`)
  expect(kept).toEqual(told.filter(({ status }) => status === 200).map(({ by, root_id }) => `${by} ${root_id}`))
  expect(new Set(kept.map((one) => one.split(' ')[1])).size).toBe(kept.length)
  expect(acts.filter(({ by }) => by === 'ana')).toHaveLength(count)
  const refused = told.filter(({ status }) => status !== 200)
  expect(refused.filter(({ status, there, by }) => status !== 409 || there === undefined || there === by)).toEqual([])
  expect(refused.at(-1)).toEqual({ by: 'maria', root_id: rows.at(-1)!.root_id, status: 409, there: 'ana' })
  // Times tell the order in which all was kept.
  const times = acts.map(({ at }) => at)
  expect(times).toEqual(times.toSorted())
  await Promise.all(servers.map((served) => served.stop()))
})

test('of two servers that review all of a filter at once one is refused, and nothing of what it said is kept', async () => {
  await using story = await Story.begin(wordFiles(count, [step1]))
  await story.run('run', 'pipelines/words.json')
  const servers = await Promise.all([Served.start(story), Served.start(story)])
  await Promise.all(servers.map((served) => served.send('GET', `${path}/facets`)))
  const answers = await Promise.all(
    servers.map((served, at) =>
      served.send('POST', `${path}/reviews`, {
        body: { act: at === 0 ? 'approve' : 'flag', by: `${at}`, filter: { review: 'unreviewed' }, total: count },
      }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  const by = String(answers.findIndex(({ status }) => status === 200))
  const acts = ofLines<Review>(story.read('outputs/words/reviews.jsonl'))
  expect(acts.filter((act) => act.by !== by)).toEqual([])
  expect(acts).toHaveLength(count)
  await Promise.all(servers.map((served) => served.stop()))
})
