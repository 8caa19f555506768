import { expect, test } from 'vitest'
import { RequestRefused } from '../../core/errors.ts'
import { NoModel } from '../../runners/choose-model.ts'
import { runStart } from '../../runners/run-pipeline.ts'
import { FolderStore } from '../../stores/folder.ts'
import { Story, until } from './story.ts'
import { numbers, prompts, step1, step2, step3, threeSteps, wordFiles, words } from './words.ts'

type Answers = { [field: string]: unknown }[]

/** The array of each step of a version. */
const arrays = (story: Story, version: string): Answers[] =>
  ['01_define.json', '02_rate.json', '03_teach.json'].map((file) => story.collated(`words/${version}`, file))

/** The answers of a version that a person wrote: `[step, id, answer]`. */
function edited(story: Story, version: string): unknown[][] {
  return arrays(story, version).flatMap((array, at) =>
    story
      .ledger(`words/${version}`, at + 1)
      .filter(({ state }) => state === 'answered')
      .flatMap(({ root_id, edited_by }, row) =>
        edited_by === undefined ? [] : [[at + 1, root_id, array[row]?.answer]],
      ),
  )
}

async function stale(story: Story): Promise<unknown[][]> {
  const items: Record<string, unknown>[] = JSON.parse((await story.run('reviews', 'words', '--json')).out)
  return items.filter((item) => item.state === 'edited' && item.stale).map(({ step, root_id }) => [step, root_id])
}

/** Which answers differ between two versions, by step: the numbers of their words. */
function changed(story: Story, a: string, b: string): unknown[][] {
  const before = arrays(story, a)
  return arrays(story, b).map((array, at) => {
    const known = new Map(before[at]!.map((answer) => [answer.nr, JSON.stringify(answer)]))
    return array.filter((answer) => known.get(answer.nr) !== JSON.stringify(answer)).map(({ nr }) => nr)
  })
}

test('three edits of 14 stay through --changed, --failed, batch_skip_existing, a killed run, another order and another input', async () => {
  await using story = await Story.begin(wordFiles(14, threeSteps))
  story.api.answer = ({ prompt }) => (prompt.startsWith('Teach w9') ? { refusal: true } : undefined)
  await story.run('run', 'pipelines/words.json')
  await story.run('edit', 'words', '12', '--step', 'define', '--set', 'answer=My two', '--by', 'Maria')
  await story.run('edit', 'words', '15', '--step', 'rate', '--set', 'answer=My five', '--by', 'Maria')
  await story.run('edit', 'words', '18', '--step', 'teach', '--set', 'answer=My eight', '--by', 'Otto')
  story.asked()
  const applied = await story.run('apply', 'words')
  expect(applied.err).toContain('3 edited answers go into v0: 12, 15, 18. Steps 2, 3 ask again')
  expect(story.asked()).toEqual([...prompts('Rate', 2), ...prompts('Teach', 2, 5)])
  const mine = [
    [1, '12', 'My two'],
    [2, '15', 'My five'],
    [3, '18', 'My eight'],
  ]
  expect([edited(story, 'v1'), changed(story, 'v0', 'v1')]).toEqual([mine, [[2], [2, 5], [2, 5, 8]]])
  expect(story.metadata('words/v1').stats.steps.map((step) => step.edited)).toEqual([1, 1, 1])

  // Another prompt in the first step asks for all but the edit, and so do the steps behind it.
  story.write('prompts/define.md', 'Define {word}, please.')
  const rerun = await story.run('rerun', 'words', '--changed')
  expect(rerun.err).toContain('3 edited answers stay as they are.')
  expect(story.asked()).toEqual(
    [
      ...prompts('Define', ...numbers(14).filter((at) => at !== 2)).map((prompt) => `${prompt}, please`),
      ...prompts('Rate', ...numbers(14).filter((at) => at !== 2 && at !== 5)),
      ...prompts('Teach', ...numbers(14).filter((at) => at !== 2 && at !== 5 && at !== 8)),
    ].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
  )
  expect(edited(story, 'v2')).toEqual(mine)
  const but = (...kept: number[]) => numbers(15).filter((at) => !kept.includes(at))
  expect(changed(story, 'v1', 'v2')).toEqual([but(2, 15), but(2, 5, 15), but(2, 5, 8, 9, 15)])

  // What is made from another answer than the person saw is stale, and stays.
  expect(await stale(story)).toEqual([
    [2, '15'],
    [3, '18'],
  ])

  story.api.answer = undefined
  await story.run('rerun', 'words', '--failed')
  expect(story.asked()).toEqual(prompts('Teach', 9))
  expect([edited(story, 'v3'), arrays(story, 'v3').map(({ length }) => length)]).toEqual([mine, [14, 14, 14]])

  // Named, it is refused before anything is paid for, with all ways out.
  const named = await story.run('rerun', 'words', '12', '13')
  expect([named.code, named.err]).toEqual([
    2,
    'itemwise: The rerun names 12, which has an edited answer in v3 of words. A new answer would take the place of the edit. Leave it out, add --suggest for a new answer beside the edit, or add --replace-edits.\n',
  ])
  const byRequest = { pipeline_name: 'words', steps: threeSteps, rerun_items: [15] }
  story.write('pipelines/again.json', byRequest)
  expect((await story.run('run', 'pipelines/again.json')).err).toContain('names 15, which has an edited answer')
  expect([story.asked(), story.names('outputs/words')]).toEqual([
    [],
    ['latest', 'reviews.jsonl', 'v0', 'v1', 'v2', 'v3'],
  ])

  // A new item, and the others in another order.
  story.write('inputs/words.json', [...words(15)].reverse())
  const steps = threeSteps.map((step) => ({ ...step, batch_skip_existing: true }))
  story.write('pipelines/words.json', { pipeline_name: 'words', steps })
  const added = await story.run('run', 'pipelines/words.json')
  expect(added.err).toContain('3 edited answers stay as they are.')
  expect(story.asked()).toEqual([
    ...prompts('Define', 15).map((prompt) => `${prompt}, please`),
    ...prompts('Rate', 15),
    ...prompts('Teach', 15),
  ])
  expect([edited(story, 'v4'), changed(story, 'v3', 'v4')]).toEqual([mine, [[15], [15], [15]]])

  // The item of the first edit is another one now. Its edit stays, and is stale; so is nothing else by that.
  story.write(
    'inputs/words.json',
    words(15).map((item) => (item.id === 12 ? { ...item, word: 'w2b' } : item)),
  )
  expect(await stale(story)).toEqual([
    [1, '12'],
    [2, '15'],
    [3, '18'],
  ])

  // A rerun that is killed, and goes on.
  story.write('prompts/rate.md', 'Rate anew {root__word}: {answer}')
  story.api.answer = ({ prompt }) => (prompt.startsWith('Rate anew w7:') ? { delay_ms: 600_000 } : undefined)
  const killed = story.start('rerun', 'words', '--changed')
  await until(() => story.sent.some(({ body }) => JSON.stringify(body).includes('Rate anew w7:')))
  killed.signal('SIGKILL')
  await killed.ended
  story.api.answer = undefined
  const resumed = await story.run('resume', 'words')
  expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining('3 edited answers stay as they are.')])
  expect(edited(story, 'v5')).toEqual(mine)
  expect(changed(story, 'v4', 'v5')).toEqual([[], but(5), but(5, 8)])

  // Both ways out: a person says that the model may write it anew.
  story.asked()
  const replaced = await story.run('rerun', 'words', '18', '--replace-edits')
  expect(replaced.err).toContain('1 edited answer is asked for again.')
  expect(replaced.err).toContain('2 edited answers stay as they are.')
  expect(edited(story, 'v6')).toEqual(mine.slice(0, 2))
  expect(await stale(story)).toEqual([
    [1, '12'],
    [2, '15'],
  ])
  // Once replaced, it does not come back by itself.
  expect((await story.run('apply', 'words')).out).toContain('No edit waits to be put into v6 of words.')
  expect((await story.run('doctor', 'words')).out).toBe('Nothing is wrong with 7 versions.\n')
})

test('a fresh run says what the latest version holds that it leaves behind', async () => {
  await using story = await Story.begin(wordFiles(4, threeSteps))
  await story.run('run', 'pipelines/words.json')
  await story.run('edit', 'words', '12', '--set', 'answer=Mine', '--by', 'Maria')
  await story.run('apply', 'words')
  await story.run('approve', 'words', '11', '13', '--by', 'Maria')
  await story.run('edit', 'words', '14', '--set', 'answer=Mine', '--by', 'Maria')
  const named = await story.run('rerun', 'words', '14')
  expect(named.err).toContain('names 14, which has an edit that no version has put in place.')
  const tools = { store: new FolderStore(story.root), model: new NoModel(false) }
  const startOver = () => Promise.reject(new RequestRefused(['No.']))
  story.asked()
  const start = { kind: 'run' as const, request: story.json('pipelines/words.json') }
  await expect(runStart({ ...tools, startOver }, start)).rejects.toThrow('No.')
  expect([story.asked(), story.names('outputs/words')]).toEqual([[], ['latest', 'reviews.jsonl', 'v0', 'v1']])
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect([code, err]).toEqual([
    0,
    expect.stringContaining(
      'v1, the latest version of words, has 1 edited, 2 approved and 1 not yet applied edits of answers. A fresh run asks for everything again and has none of that; `itemwise rerun words --changed` keeps what was edited.',
    ),
  ])
  story.write('prompts/teach.md', 'Teach {root__word} again: {answer}')
  const rerun = await story.run('rerun', 'words', '--changed', '--base', 'v1')
  expect(rerun.err).toContain('14 has an edit that no version has put in place. A new answer makes the edit stale;')
})

test('an edited answer whose item does not come to its step any more is told', async () => {
  await using story = await Story.begin(wordFiles(3, [step1, { ...step2, batch_where: '$item.answer != "no"' }, step3]))
  await story.run('run', 'pipelines/words.json')
  await story.run('edit', 'words', '11', '--step', 'teach', '--set', 'answer=Mine', '--by', 'Maria')
  await story.run('apply', 'words')
  story.write('prompts/define.md', 'Define {word}, please.')
  story.api.answer = ({ prompt }) => (prompt === 'Define w1, please.' ? '{"answer": "no", "score": 1}' : undefined)
  const { err } = await story.run('rerun', 'words', '--changed')
  expect(err).toContain(
    'Warning: Step 3 (teach): edited answers (11) are not in this version, as an earlier step leaves their items out now.',
  )
  expect(edited(story, 'v2')).toEqual([])
})
