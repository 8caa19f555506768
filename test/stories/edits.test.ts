import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Review } from '../../core/review.ts'
import { ofLines, Story } from './story.ts'
import { prompts, step1, step2, step3, threeSteps, wordFiles } from './words.ts'

const schema = {
  type: 'object',
  properties: { answer: { type: 'string' }, score: { type: 'integer' } },
  required: ['answer', 'score'],
  additionalProperties: false,
}
const withSchema = { prompt_name: 'rate', output_schema: schema }

/** Words w1, w2, … with the ids 11, 12, … of which all were asked for. */
async function begun(count = 4, steps: object[] = threeSteps): Promise<Story> {
  const story = await Story.begin(wordFiles(count, steps))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  return story
}

const acts = (story: Story) => ofLines<Review>(story.read('outputs/words/reviews.jsonl'))
const rates = (story: Story, version: string) => story.collated(`words/${version}`, '02_rate.json')

async function states(story: Story, step: number) {
  const items: Record<string, unknown>[] = JSON.parse((await story.run('reviews', 'words', '--json')).out)
  return items
    .filter((item) => item.step === step && item.state === 'edited')
    .map(({ root_id, stale, applied }) => [root_id, applied ? 'applied' : 'waiting', ...(stale ? ['stale'] : [])])
}

describe('edit', () => {
  test('notes what an answer is to be: fields, a file, stdin or an editor', async () => {
    await using story = await begun(4, [step1, step2])
    const set = await story.run(
      'edit',
      'words',
      '11',
      '--set',
      'answer=7',
      'score=3',
      '--by',
      'Maria',
      '--comment',
      'Dull',
    )
    expect(set).toEqual({
      code: 0,
      out: 'Edited 11 in step 2 (rate) of v0, by Maria. `itemwise apply words` puts it in place.\n',
      err: '',
    })
    const [act] = acts(story)
    expect(act).toMatchObject({
      act: 'edit',
      by: 'Maria',
      root_id: '11',
      comment: 'Dull',
      answer: { nr: 1, answer: '7', score: 3 },
    })
    expect(act?.input_sha256).toBe(story.ledger('words/v0', 1)[0]?.answer_sha256)
    // A second edit goes on from the first.
    await story.run('edit', 'words', '11', '--set', 'answer=Eight', '--by', 'Otto')
    expect(acts(story).at(-1)?.answer).toMatchObject({ nr: 1, answer: 'Eight', score: 3 })
    story.write('mine.json', { answer: 'Mine', score: 5 })
    await story.run('edit', 'words', '12', '--answer', 'mine.json', '--by', 'Maria')
    expect(acts(story).at(-1)?.answer).toEqual({ nr: 2, answer: 'Mine', score: 5 })
    story.write('editor.sh', `sed -i 's/"score": [0-9]*/"score": 9/' "$1"\n`)
    story.environment = { EDITOR: 'sh editor.sh' }
    const opened = await story.run('edit', 'words', '13', '--by', 'Maria')
    expect([opened.code, opened.err]).toEqual([0, ''])
    expect(acts(story).at(-1)?.answer).toMatchObject({ nr: 3, score: 9 })
    expect(await states(story, 2)).toEqual([
      ['11', 'waiting'],
      ['12', 'waiting'],
      ['13', 'waiting'],
    ])
    expect(story.asked()).toEqual([])
    expect(rates(story, 'v0')[0]).not.toMatchObject({ answer: 'Eight' })
  })

  test('an answer that cannot stand there is refused with the place, and what was written in the editor is kept', async () => {
    await using story = await begun(3, [step1, withSchema])
    const refused = async (...words: string[]) => {
      const { code, err } = await story.run('edit', 'words', ...words, '--by', 'Maria')
      expect([code, story.has('outputs/words/reviews.jsonl')]).toEqual([2, false])
      return err
    }
    expect(await refused('11', '--set', 'score=high')).toContain(
      'The answer for item 11 in step 2 (rate) does not meet the output_schema: /score must be integer, but is "high". Nothing was noted.',
    )
    expect(await refused('11', '--set', 'nr=9')).toContain('has 9 in nr, where the id 1 stands')
    expect(await refused('11', '--set', 'answr=9')).toContain('/answr is not in the schema')
    expect(await refused('1x', '--set', 'score=1')).toContain('v0 of words has no item 1x.')
    expect(await refused('11', '--set', 'score')).toContain('Expected field=value')
    expect(await refused('11', '--set', `score=${rates(story, 'v0')[0]!.score}`)).toContain(
      'is the one that stands there',
    )
    expect(await refused('11')).toContain('There is no terminal for an editor')
    story.environment = { EDITOR: 'sed -i s/score/scor/' }
    const kept = /is kept: (\S+)\. /.exec(await refused('11'))?.[1] ?? ''
    story.environment = { EDITOR: 'true' }
    const same = await story.run('edit', 'words', '11', '--by', 'Maria')
    expect([same.code, same.out]).toEqual([0, 'Nothing was changed, so nothing was noted.\n'])
    expect((await story.run('edit', 'words', '11', '--answer', kept)).err).toContain('/score is missing')
  })

  test('an editor that changed nothing, failed, or is not there leaves no file behind', async () => {
    await using story = await begun(1, [step1])
    story.write('temporary/readme.txt', '')
    const left = async (EDITOR: string) => {
      story.environment = { TMPDIR: join(story.root, 'temporary'), ...(EDITOR === '' ? {} : { EDITOR }) }
      const { code, err } = await story.start('edit', 'words', '11', '--by', 'Maria').ended
      const folders = readdirSync(join(story.root, 'temporary')).filter((name) => name.startsWith('itemwise-'))
      return { code, err, folders: folders.length }
    }
    expect(await left('')).toMatchObject({ code: 2, err: expect.stringContaining('no terminal'), folders: 0 })
    expect(await left('true')).toMatchObject({ code: 0, folders: 0 })
    expect(await left('false')).toMatchObject({ code: 2, err: expect.stringContaining('code 1'), folders: 0 })
    const failed = await left('sh -c \'echo >> "$0"; exit 3\'')
    expect(failed).toMatchObject({ code: 2, err: expect.stringMatching(/code 3.*is kept: \S+/s), folders: 1 })
    expect(story.has('outputs/words/reviews.jsonl')).toBe(false)
  })
})

describe('apply', () => {
  test('leaves out the edit of an item that another edit keeps from its step, says so, and lets it wait', async () => {
    await using story = await begun(4, [step1, { ...step2, batch_where: '$item.answer != "no"' }, step3])
    await story.run('edit', 'words', '11', '--step', 'define', '--set', 'answer=no', '--by', 'Maria')
    await story.run('edit', 'words', '11', '--step', 'teach', '--set', 'answer=Mine', '--by', 'Maria')
    const applied = await story.run('apply', 'words')
    expect(applied.err).toContain(
      'Warning: The edit of 11 in step 3 is left out: with the other edits in place, an earlier step leaves the item out. The edit waits until the item comes to step 3 again.\n1 edited answer goes into v0: 11.',
    )
    expect(ofLines<Review>(story.read('outputs/words/v1/edits.jsonl')).map(({ step }) => step)).toEqual([1])
    const gone = await story.run('edit', 'words', '11', '--step', 'teach', '--set', 'answer=Mine')
    expect([gone.code, gone.err]).toEqual([
      2,
      'itemwise: Item 11 did not come to step 3 (teach) of v1, so it has no answer there. Nothing was noted. Name another step with --step.\n',
    ])
    await story.run('edit', 'words', '11', '--step', 'define', '--set', 'answer=yes', '--by', 'Maria')
    await story.run('apply', 'words')
    expect((await story.run('apply', 'words', '--stale')).err).toContain('1 edited answer goes into v2: 11.')
    expect(story.collated('words/v3', '03_teach.json')[0]).toMatchObject({ nr: 1, answer: 'Mine' })
  })

  test('makes a version with the edits in place; later steps ask again for their items only, priced first', async () => {
    await using story = await begun(4)
    await story.run('edit', 'words', '12', '--step', 'rate', '--set', 'answer=Mine', '--by', 'Maria')
    await story.run('edit', 'words', '13', '--step', 'teach', '--set', 'answer=Yours', '--by', 'Otto')
    story.write('prompts/teach.md', 'Teach another way: {answer}')
    const { code, out, err } = await story.run('apply', 'words')
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('v1 of words is completed: 4 items, 1 processed, 3 carried over'),
    ])
    expect(err).toMatch(
      /2 edited answers go into v0: 12, 13\. Step 3 asks again for what is made from them: 1 request, about \$0\.\d+\./,
    )
    // With the template of the base: everything else stays as it was.
    expect(story.read('outputs/words/v1/prompts/03_prompt_12.md')).toContain('Teach w2: Mine')
    expect(story.asked()).toEqual(prompts('Teach', 2))
    const [before, after] = [rates(story, 'v0'), rates(story, 'v1')]
    expect(after).toEqual(before.with(1, { ...before[1], answer: 'Mine' }))
    expect(story.collated('words/v1', '03_teach.json').map(({ answer }) => answer === 'Yours')).toEqual([
      false,
      false,
      true,
      false,
    ])
    expect(story.json(`outputs/words/v1/items/12/02_output.json`)).toEqual(after[1])
    const line = story.ledger('words/v1', 2)[1]
    expect(line).toMatchObject({
      ...{ root_id: '12', reason: 'edited', state: 'answered', answer_version: 'v1', edited_by: 'Maria' },
      ...{ model: null, fingerprint: null, cost_usd: 0, input_tokens: 0, attempts: 0 },
    })
    const metadata = story.metadata('words/v1')
    expect(metadata).toMatchObject({ mode: 'edit', base_version: 'v0', stats: { processed: 1, carried_over: 3 } })
    expect(metadata.stats.steps.map(({ processed, edited }) => [processed, edited])).toEqual([
      [0, undefined],
      [0, 1],
      [1, 1],
    ])
    expect(await states(story, 2)).toEqual([['12', 'applied']])
    expect((await story.run('apply', 'words')).out).toBe(
      'No edit waits to be put into v1 of words. No version was made.\n',
    )
    expect((await story.run('doctor')).code).toBe(0)
  })

  test('with --no-later-steps it asks nothing and needs no key, and what is made from an edit stays', async () => {
    await using story = await begun(3)
    await story.run('edit', 'words', '12', '--step', 'define', '--set', 'answer=Mine', '--by', 'Maria')
    await story.run('edit', 'words', '12', '--step', 'teach', '--set', 'answer=Yours', '--by', 'Maria')
    story.environment = { ANTHROPIC_API_KEY: '' }
    const refused = await story.run('apply', 'words')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('ANTHROPIC_API_KEY')])
    const { code, err } = await story.run('apply', 'words', '--no-later-steps')
    expect([code, err, story.asked()]).toEqual([0, expect.stringContaining('Nothing is asked for.'), []])
    expect(rates(story, 'v1')).toEqual(rates(story, 'v0'))
    expect(await states(story, 1)).toEqual([['12', 'applied']])
    expect(await states(story, 3)).toEqual([['12', 'applied']])
  })

  test('obeys --max-cost, confirm_above_usd, --dry-run and the kind of the base', async () => {
    await using story = await begun(3, [step1, step2])
    await story.run('edit', 'words', '12', '--step', 'define', '--set', 'answer=Mine', '--by', 'Maria')
    story.write('itemwise.yaml', 'confirm_above_usd: 0\n')
    const unconfirmed = await story.run('apply', 'words')
    expect([unconfirmed.code, unconfirmed.err]).toEqual([2, expect.stringContaining('Add --yes to start it.')])
    const offline = await story.run('apply', 'words', '--offline')
    expect([offline.code, offline.err]).toEqual([2, expect.stringContaining('was answered by the real model')])
    const limited = await story.run('apply', 'words', '--yes', '--max-cost', '0.0000001')
    expect([limited.code, story.asked()]).toEqual([2, []])
    const dry = await story.run('apply', 'words', '--dry-run')
    expect(dry.out).toContain('Would make a version of words (edit on v0).')
    expect(dry.out).toContain(
      'Step 1 define (claude-haiku-5-5): 3 items: 0 to ask for, 1 edited, 2 carried over, 0 skipped',
    )
    expect(story.names('outputs/words')).toEqual(['latest', 'reviews.jsonl', 'v0'])
    expect((await story.run('apply', 'words', '--yes')).code).toBe(0)
    expect(story.asked()).toEqual(prompts('Rate', 2))
  })

  test('an edit whose item has got another answer is left out and said, unless --stale', async () => {
    await using story = await begun(3, [step1, step2])
    for (const id of ['11', '12']) await story.run('edit', 'words', id, '--set', 'answer=Mine', '--by', 'Maria')
    story.api.answer = () => '{"answer": "another", "score": 1}'
    await story.run('rerun', 'words', '12', '--replace-edits')
    expect(await states(story, 2)).toEqual([
      ['11', 'waiting'],
      ['12', 'waiting', 'stale'],
    ])
    const { err } = await story.run('apply', 'words')
    expect(err).toContain('1 stale edit (12) is left out: its item has got another answer since.')
    expect(rates(story, 'v2').map(({ answer }) => answer === 'Mine')).toEqual([true, false, false])
    await story.run('apply', 'words', '--stale')
    expect(rates(story, 'v3').map(({ answer }) => answer === 'Mine')).toEqual([true, true, false])
  })

  test('clear takes an edit back that waits', async () => {
    await using story = await begun(2, [step1])
    await story.run('edit', 'words', '11', '--set', 'answer=Mine', '--by', 'Maria')
    await story.run('clear', 'words', '11', '--by', 'Otto')
    expect((await story.run('apply', 'words')).out).toContain('No edit waits')
  })

  test('a lost ledger line of an edit is written anew as an edit, and so it is in later versions', async () => {
    await using story = await begun(3, [step1, step2])
    await story.run('edit', 'words', '12', '--set', 'answer=Mine', '--by', 'Maria')
    await story.run('apply', 'words')
    story.write('prompts/define.md', 'Define {word} again.')
    await story.run('rerun', 'words', '--changed')
    for (const version of ['v1', 'v2']) {
      const ledger = `outputs/words/${version}/02_ledger.jsonl`
      const lines = story.read(ledger).split('\n')
      story.write(ledger, lines.filter((line) => !line.includes('"root_id":"12"')).join('\n'))
      expect((await story.run('doctor', 'words', '--fix')).out).toContain('repaired')
      const [, line] = story.ledger(`words/${version}`, 2)
      expect(line).toMatchObject({ root_id: '12', edited_by: 'Maria', model: null, cost_usd: 0 })
      expect(rates(story, version)[1]).toMatchObject({ answer: 'Mine' })
    }
    expect((await story.run('rerun', 'words', '12')).err).toContain('names 12, which has an edited answer')
  })

  test('edits a single call and what is made from it', async () => {
    const steps = [
      step1,
      { prompt_name: 'whole', batch_mode: false, output_file: 'whole.md' },
      { prompt_name: 'after', batch_mode: false, output_file: 'after.txt' },
    ]
    await using story = await Story.begin({
      ...wordFiles(2, steps),
      'prompts/whole.md': 'Whole. {input}',
      'prompts/after.md': 'After. {input}',
    })
    story.api.answer = ({ prompt }) => (/^(Whole|After)/.test(prompt) ? `Text of ${prompt.length}` : undefined)
    await story.run('run', 'pipelines/words.json')
    story.asked()
    // A single call takes all answers: with a new one among them it is asked again.
    const dry = await story.run('rerun', 'words', '11', '--dry-run')
    expect(dry.out).toContain('Step 2 whole (claude-haiku-5-5): 1 items: 1 to ask for')
    story.write('mine.md', 'My own words.\n')
    const edited = await story.run(
      'edit',
      'words',
      '(input)',
      '--step',
      'whole',
      '--answer',
      'mine.md',
      '--by',
      'Maria',
    )
    expect(edited.err).toBe('')
    await story.run('apply', 'words')
    expect([story.asked(), story.read('outputs/words/v1/collated/02_whole.md')]).toEqual([['After'], 'My own words.\n'])
    expect(story.read('outputs/words/v1/prompts/03_prompt.md')).toContain('My own words.')
    await story.run('edit', 'words', '11', '--step', 'define', '--set', 'answer=Mine', '--by', 'Maria')
    await story.run('apply', 'words')
    // The edited text stays, though it was made from other answers.
    expect([story.asked(), story.read('outputs/words/v2/collated/02_whole.md')]).toEqual([[], 'My own words.\n'])
    expect((await story.run('doctor')).code).toBe(0)
  })
})
