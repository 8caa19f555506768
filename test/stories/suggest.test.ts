import { describe, expect, test } from 'vitest'
import { Story, until } from './story.ts'
import { prompts, step1, step2, threeSteps, wordFiles } from './words.ts'

const by = ['--by', 'Maria'] as const

/** Four words, of which 12 is edited in the first step and 14 in the last; both edits are in place in v1. */
async function edited(steps: object[] = threeSteps): Promise<Story> {
  const story = await Story.begin(wordFiles(4, steps))
  await story.run('run', 'pipelines/words.json')
  await story.run('edit', 'words', '12', '--step', 'define', '--set', 'answer=My two', ...by)
  await story.run('edit', 'words', '14', '--set', 'answer=My four', ...by)
  await story.run('apply', 'words')
  story.asked()
  return story
}

const line = (story: Story, version: string, step: number, id: string) =>
  story.ledger(`words/${version}`, step).find(({ root_id }) => root_id === id)!

const answers = (story: Story, version: string, file = '01_define.json') =>
  story.collated(`words/${version}`, file).map(({ answer }) => answer)

async function suggestions(story: Story) {
  const all: Record<string, unknown>[] = JSON.parse((await story.run('reviews', 'words', '--json')).out)
  return all.flatMap(({ step, root_id, suggestion }) => (suggestion === undefined ? [] : [[step, root_id, suggestion]]))
}

describe('rerun --suggest', () => {
  test('asks for edited items, too: the new answer stands beside the edit and changes nothing', async () => {
    await using story = await edited()
    const before = answers(story, 'v1', '03_teach.json')
    story.write('prompts/define.md', 'Define {word} anew.')
    story.api.answer = ({ prompt }) => (prompt.startsWith('Define w2') ? '{"answer": "The model\'s two"}' : undefined)
    const rerun = await story.run('rerun', 'words', '--changed', '--suggest')
    expect(rerun.err).toContain('2 edited answers stay as they are.')
    expect(rerun.err).toContain('New answers are asked for beside them.')
    expect(rerun.out).toContain('2 new answers beside edited ones: `itemwise reviews words` names them.')
    expect(story.asked()).toEqual([
      ...['w1 anew', 'w2 anew', 'w3 anew', 'w4 anew'].map((word) => `Define ${word}`),
      // What stands on the edit has the same input as before.
      ...prompts('Rate', 1, 3, 4),
      ...prompts('Teach', 1, 3, 4),
    ])
    expect(answers(story, 'v2')[1]).toBe('My two')
    expect(answers(story, 'v2', '03_teach.json')[3]).toBe('My four')
    expect(answers(story, 'v2', '03_teach.json')[1]).toBe(before[1])

    const there = line(story, 'v2', 1, '12')
    expect(there).toMatchObject({
      ...{ decision: 'process', reason: 'suggested', state: 'answered', answer_version: 'v1', edited_by: 'Maria' },
      ...{ fingerprint: null, model: null, attempts: 1, error: null },
      suggestion: { version: 'v2', answer: expect.stringContaining("The model's two"), error: null },
    })
    expect(there.output_tokens).toBeGreaterThan(0)
    expect(there.answer_sha256).toBe(line(story, 'v1', 1, '12').answer_sha256)
    const { stats } = story.metadata('words/v2')
    expect(stats.steps.map(({ edited, suggested }) => [edited, suggested])).toEqual([
      [1, 1],
      [undefined, undefined],
      [1, 1],
    ])
    expect(stats.steps[0]!.cost_usd).toBeCloseTo(
      story.ledger('words/v2', 1).reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0),
      9,
    )
    expect(await suggestions(story)).toMatchObject([
      [1, '12', { version: 'v2', answer: { answer: "The model's two", nr: 2 } }],
      [3, '14', { version: 'v2' }],
    ])
    expect((await story.run('reviews', 'words')).out).toMatch(/12 {2}edited, v2 suggests another answer, Maria/)
    const shown = await story.run('show', 'words', 'v2', '12')
    expect(shown.out).toMatch(
      /Answer, edited by Maria in v1:[\s\S]*My two[\s\S]*Suggestion of .* in v2, which changes nothing:/,
    )

    // Paid once: what would be sent has not changed since.
    expect((await story.run('rerun', 'words', '--changed', '--suggest')).out).toContain('Nothing to do')
    expect(story.asked()).toEqual([])
    expect((await story.run('doctor', 'words')).out).toBe('Nothing is wrong with 3 versions.\n')
  })

  test('a suggestion goes along with its edit, and ends when somebody takes it', async () => {
    await using story = await edited([step1, step2])
    await story.run('rerun', 'words', '12', '--suggest')
    story.asked()
    await story.run('rerun', 'words', '13')
    const { suggestion } = line(story, 'v3', 1, '12')
    expect(line(story, 'v3', 1, '12')).toMatchObject({ decision: 'carry', edited_by: 'Maria', cost_usd: 0 })
    expect(suggestion).toMatchObject({ version: 'v2' })
    expect(suggestion).toEqual(line(story, 'v2', 1, '12').suggestion)

    const none = await story.run('edit', 'words', '13', '--suggestion', ...by)
    expect([none.code, none.err]).toEqual([
      2,
      'itemwise: Item 13 has no suggestion in step 2 (rate) of v3. Nothing was noted. `itemwise rerun words 13 --suggest` asks for one beside an edited answer.\n',
    ])
    const taken = await story.run('edit', 'words', '12', '--step', '1', '--suggestion', '--by', 'Otto')
    expect(taken.out).toBe('Edited 12 in step 1 (define) of v3, by Otto. `itemwise apply words` puts it in place.\n')
    await story.run('apply', 'words')
    expect(line(story, 'v4', 1, '12')).toMatchObject({ edited_by: 'Otto', reason: 'edited' })
    expect(line(story, 'v4', 1, '12').suggestion).toBeUndefined()
    expect(answers(story, 'v4')[1]).toBe(JSON.parse(suggestion!.answer!).answer)
    expect((await story.run('show', 'words', 'v4', '12')).out).not.toContain('Suggestion')
    const [, , act] = story
      .read('outputs/words/reviews.jsonl')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(act.comment).toMatch(/^Takes what claude-\S+ suggested in v2\.$/)
    expect((await story.run('doctor', 'words')).out).toBe('Nothing is wrong with 5 versions.\n')
  })

  test('a suggestion that fails is no failure of the item, and takes no earlier one away', async () => {
    await using story = await edited([step1])
    await story.run('rerun', 'words', '12', '--suggest')
    const { suggestion } = line(story, 'v2', 1, '12')
    story.api.answer = ({ prompt }) => (/w[24]/.test(prompt) ? { refusal: true } : undefined)
    const rerun = await story.run('rerun', 'words', '12', '14', '--suggest')
    expect(rerun.code).toBe(0)
    expect(line(story, 'v3', 1, '12')).toMatchObject({ state: 'answered', error: null, edited_by: 'Maria', suggestion })
    expect(line(story, 'v3', 1, '14').suggestion).toMatchObject({
      ...{ version: 'v3', answer: null, sha256: null },
      error: { kind: 'refusal' },
    })
    expect([story.metadata('words/v3').stats.failed, story.errors('words/v3', 1)]).toEqual([0, []])
    expect(answers(story, 'v3')).toEqual(answers(story, 'v1'))
    expect((await story.run('show', 'words', 'v3', '14')).out).toMatch(/Suggestion of .* in v3:\n\(none: /)
    const failed = await story.run('rerun', 'words', '--failed', '--suggest')
    expect(failed.out).toBe('v3 of words has no failed items. Nothing was started.\n')

    // It is asked for again, but only if it failed.
    story.asked()
    story.api.answer = undefined
    await story.run('rerun', 'words', '--changed', '--suggest')
    expect(story.asked()).toEqual(prompts('Define', 4))
  })

  test('a killed run pays for a suggestion once', async () => {
    await using story = await edited([step1])
    story.write('prompts/define.md', 'Define {word} again.')
    story.api.answer = ({ prompt }) => (prompt.startsWith('Define w4') ? { delay_ms: 600_000 } : undefined)
    const killed = story.start('rerun', 'words', '--changed', '--suggest')
    await until(() => [11, 12, 13].every((id) => story.has(`outputs/words/v2/items/${id}/01_output.json`)))
    killed.signal('SIGKILL')
    await killed.ended
    story.asked()
    story.api.answer = undefined
    const resumed = await story.run('resume', 'words')
    expect(resumed.code).toBe(0)
    expect(story.asked()).toEqual(['Define w4 again'])
    expect(line(story, 'v2', 1, '12')).toMatchObject({ edited_by: 'Maria', suggestion: { version: 'v2', error: null } })
    expect(answers(story, 'v2').map((answer) => answer === 'My two' || answer === 'My four')).toEqual([
      ...[false, true, false, true],
    ])
  })

  test('offline answers are suggested, too; --replace-edits beside it is refused, and so is an edit that waits', async () => {
    await using story = await Story.begin(wordFiles(3, [step1]))
    await story.run('run', 'pipelines/words.json', '--offline')
    await story.run('edit', 'words', '12', '--set', 'answer=My two', ...by)
    const waiting = await story.run('rerun', 'words', '12', '--suggest', '--offline')
    expect(waiting.err).toContain('The rerun names 12, which has an edit that no version has put in place.')
    await story.run('apply', 'words')
    const both = await story.run('rerun', 'words', '12', '--suggest', '--replace-edits', '--offline')
    expect([both.code, both.err]).toEqual([
      2,
      'itemwise: The rerun has both suggest (--suggest), by which edited answers stay, and replace_edits (--replace-edits), by which they are asked for again. Leave one of them out.\n',
    ])
    const rerun = await story.run('rerun', 'words', '12', '--suggest', '--offline')
    expect(rerun.out).toContain('1 new answer beside an edited one: `itemwise reviews words` names it.')
    expect(line(story, 'v2', 1, '12').suggestion).toMatchObject({ version: 'v2', error: null })
    expect(answers(story, 'v2')[1]).toBe('My two')
  })
})
