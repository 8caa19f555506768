import { describe, expect, test } from 'vitest'
import { Story } from './story.ts'
import { prompts, step1, step2, wordFiles } from './words.ts'

/** Words w1, w2, … with the ids 11, 12, … of which all were asked for in two steps. */
async function begun(count = 4): Promise<Story> {
  const story = await Story.begin(wordFiles(count, [step1, step2]))
  await story.run('run', 'pipelines/words.json')
  story.asked()
  return story
}

/** `[id, state]`, `[id, state, 'stale']` of a step, of the items of which somebody said something. */
async function states(story: Story, step = 2, ...flags: string[]) {
  const { out } = await story.run('reviews', 'words', '--json', ...flags)
  const items: Record<string, unknown>[] = JSON.parse(out)
  return items
    .filter((item) => item.step === step && item.at !== null)
    .map(({ root_id, state, stale }) => (stale ? [root_id, state, 'stale'] : [root_id, state]))
}

describe('approve, flag, comment and clear', () => {
  test('say something of the answers of the last step, and reviews shows it', async () => {
    await using story = await begun()
    const said = [
      await story.run('approve', 'words', '11', '13', '--by', 'Maria'),
      await story.run('flag', 'words', '12', '--by', 'Maria', '--comment', 'Too\nlong'),
      await story.run('comment', 'words', '14', '--by', 'Otto', '--comment', 'Ask'),
      await story.run('clear', 'words', '13', '--by', 'Otto'),
    ]
    expect(said).toEqual([
      { code: 0, out: 'Approved 11, 13 in step 2 (rate) of v0, by Maria.\n', err: '' },
      { code: 0, out: 'Flagged 12 in step 2 (rate) of v0, by Maria.\n', err: '' },
      { code: 0, out: 'Noted a comment on 14 in step 2 (rate) of v0, by Otto.\n', err: '' },
      { code: 0, out: 'Cleared 13 in step 2 (rate) of v0, by Otto.\n', err: '' },
    ])
    const { out } = await story.run('reviews', 'words')
    expect(out.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')).toBe(
      [
        'words v0',
        '',
        'Step 1 (define): 0 approved, 0 flagged, 4 unreviewed',
        '',
        'Step 2 (rate): 1 approved, 1 flagged, 2 unreviewed',
        '  11  approved, Maria, TIME UTC',
        '  12  flagged, Maria, TIME UTC: Too long',
        '  13  unreviewed, Otto, TIME UTC',
        '  14  unreviewed, Otto, TIME UTC: Ask',
        '',
      ].join('\n'),
    )
  })

  test('reviews --json has an object for each answer', async () => {
    await using story = await begun(2)
    await story.run('flag', 'words', '12', '--step', 'define', '--by', 'Maria', '--comment', 'Dull')
    const { out } = await story.run('reviews', 'words', '--json')
    const nobody = { state: 'unreviewed', stale: false, version: null, by: null, at: null, comment: null }
    expect(JSON.parse(out)).toEqual([
      { root_id: '11', item_id: '11', step: 1, ...nobody },
      {
        ...{ root_id: '12', item_id: '12', step: 1, state: 'flagged', stale: false, version: 'v0', by: 'Maria' },
        ...{ at: expect.stringMatching(/^\d{4}-.*Z$/), comment: 'Dull' },
      },
      { root_id: '11', item_id: '1', step: 2, ...nobody },
      { root_id: '12', item_id: '2', step: 2, ...nobody },
    ])
  })

  test('take the name of git without --by, and ids from a file', async () => {
    await using story = await begun(2)
    story.write('.git/config', '[user]\n\tname = Grace\n')
    story.write('.git/HEAD', 'ref: refs/heads/main\n')
    story.write('.git/objects/.keep', '')
    story.write('.git/refs/.keep', '')
    story.write('good.txt', '11\n12\n')
    const { out } = await story.run('approve', 'words', '--ids-from', 'good.txt')
    expect(out).toBe('Approved 11, 12 in step 2 (rate) of v0, by Grace.\n')
  })

  test.each([
    [['approve', 'words'], 'Which items? Name their ids'],
    [['approve', 'words', '11', '1x'], 'v0 of words has no item 1x. Did you mean'],
    [['approve', 'words', '11', '12'], 'Item 12 has no answer in step 2 (rate) of v0'],
    [['comment', 'words', '11'], 'What is the comment?'],
    [['approve', 'words', '11', '--step', '7'], 'v0 of words has no step 7.'],
    [['approve', 'words', '11', '--version', 'v7'], 'words has no version v7.'],
    [['reviews', 'wrds'], 'There is no pipeline wrds. Did you mean words?'],
    [['approve', 'words', '11', '--by', ' '], 'Who says it?'],
  ])('%j is refused, and nothing is noted', async (command, message) => {
    await using story = await Story.begin(wordFiles(3, [step1, step2]))
    story.api.answer = ({ prompt }) => (prompt.startsWith('Rate w2:') ? { refusal: true } : undefined)
    await story.run('run', 'pipelines/words.json')
    const { code, out, err } = await story.run(...command)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
    expect(story.has('outputs/words/reviews.jsonl')).toBe(false)
  })

  test('an answer that was changed by hand is not reviewed as the model’s', async () => {
    await using story = await begun(2)
    const path = 'outputs/words/v0/collated/02_rate.json'
    story.write(path, story.read(path).replace(/"answer": "/, '"answer": "My own. '))
    expect(story.read(path)).toContain('My own.')
    const { code, err } = await story.run('approve', 'words', '11', '12', '--by', 'Maria')
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('answer of item 11 in outputs/words/v0/collated/02_rate.json was changed by hand'),
    ])
  })

  test('one-off runs are not reviewed', async () => {
    await using story = await begun(2)
    await story.run('run', 'pipelines/words.json', '--first', '1')
    const [id = ''] = story.names('outputs/_runs')
    const refused = await story.run('approve', id, '11', '--by', 'Maria')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('One-off runs are not reviewed')])
  })

  test('a clock that was set back changes nothing: the newest act counts', async () => {
    await using story = await begun(2)
    await story.run('approve', 'words', '11', '--by', 'Maria')
    const [act] = story.read('outputs/words/reviews.jsonl').split('\n')
    story.write('outputs/words/reviews.jsonl', `${act?.replace(/"at":"\d+/, '"at":"2999')}\n`)
    await story.run('flag', 'words', '11', '--by', 'Maria')
    expect(await states(story)).toEqual([['11', 'flagged']])
  })
})

describe('a review is about one answer', () => {
  test('another answer is unreviewed, a carried one keeps its review', async () => {
    await using story = await begun()
    await story.run('approve', 'words', '11', '12', '--by', 'Maria')
    await story.run('flag', 'words', '13', '--by', 'Maria')
    story.api.answer = () => '{"answer": "another", "score": 1}'
    await story.run('rerun', 'words', '12', '13')
    expect(await states(story)).toEqual([
      ['11', 'approved'],
      ['12', 'unreviewed', 'stale'],
      ['13', 'unreviewed', 'stale'],
    ])
    expect((await story.run('reviews', 'words')).out).toContain(
      '12  unreviewed (another answer was approved in v0), Maria,',
    )
    expect(await states(story, 2, '--version', 'v0')).toEqual([
      ['11', 'approved'],
      ['12', 'approved'],
      ['13', 'flagged'],
    ])
  })
})

describe('rerun by review', () => {
  test('--flagged takes the items with a flagged answer, in any step or the one that is named', async () => {
    await using story = await begun()
    await story.run('flag', 'words', '12', '--step', '1', '--by', 'Maria')
    await story.run('flag', 'words', '14', '--by', 'Maria')
    const dry = await story.run('rerun', 'words', '--flagged', '--step', 'rate', '--dry-run', '--json')
    expect([dry.code, story.asked()]).toEqual([0, []])
    await story.run('rerun', 'words', '--flagged')
    expect(story.asked()).toEqual([...prompts('Define', 2, 4), ...prompts('Rate', 2, 4)])
    expect(story.runDocument('words/v1').rerun?.ids).toEqual(['12', '14'])
    expect(story.collated('words/v1', '02_rate.json')).toHaveLength(4)
    await story.run('rerun', 'words', '--flagged', '--step', '1', '--base', 'v0')
    expect(story.asked()).toEqual([...prompts('Define', 2), ...prompts('Rate', 2)])
  })

  test('--unreviewed takes the items whose last answer nobody approved or flagged; both flags take either', async () => {
    await using story = await begun()
    await story.run('approve', 'words', '11', '12', '--by', 'Maria')
    await story.run('flag', 'words', '13', '--by', 'Maria')
    await story.run('rerun', 'words', '--unreviewed')
    expect(story.asked()).toEqual([...prompts('Define', 4), ...prompts('Rate', 4)])
    await story.run('rerun', 'words', '--unreviewed', '--flagged', '--base', 'v0')
    expect(story.asked()).toEqual([...prompts('Define', 3, 4), ...prompts('Rate', 3, 4)])
  })

  test('combines with ids, --where, --failed and --sample', async () => {
    await using story = await begun()
    await story.run('flag', 'words', '11', '12', '13', '--by', 'Maria')
    await story.run('rerun', 'words', '12', '13', '14', '--flagged', '--where', 'word = "w3"')
    expect(story.asked()).toEqual([...prompts('Define', 3), ...prompts('Rate', 3)])
    await story.run('rerun', 'words', '--flagged', '--sample', '1', '--base', 'v0')
    expect(story.asked()).toHaveLength(2)
    const failed = await story.run('rerun', 'words', '--flagged', '--failed', '--base', 'v0')
    expect([failed.out, story.asked()]).toEqual([
      expect.stringContaining('v0 of words has no failed items among those chosen'),
      [],
    ])
  })

  test('a named id that no item has is refused, also if another one is flagged', async () => {
    await using story = await begun(2)
    await story.run('flag', 'words', '11', '--by', 'Maria')
    const { code, err } = await story.run('rerun', 'words', '11', '1x', '--flagged')
    expect([code, err, story.asked()]).toEqual([2, expect.stringContaining('names 1x, but there is no such item'), []])
  })

  test('--keep-approved asks for no approved item, and an approved one that is named is refused', async () => {
    await using story = await Story.begin(wordFiles(4, [step1, step2]))
    story.api.answer = ({ prompt }) => (prompt.startsWith('Define w4') ? { refusal: true } : undefined)
    await story.run('run', 'pipelines/words.json')
    story.api.answer = undefined
    story.asked()
    await story.run('approve', 'words', '12', '--by', 'Maria')
    await story.run('approve', 'words', '13', '--step', '1', '--by', 'Maria')
    const refused = await story.run('rerun', 'words', '11', '12', '--keep-approved')
    expect([refused.code, refused.err, story.asked()]).toEqual([
      2,
      expect.stringContaining('with --keep-approved leaves approved items as they are, but names 12.'),
      [],
    ])
    story.write('prompts/rate.md', 'Rate {root__word}: {answer}, please.')
    const changed = await story.run('rerun', 'words', '--changed', '--keep-approved')
    expect(changed.err).toContain('2 items with an approved answer stay as they are (12, 13).')
    expect(story.asked()).toEqual([...prompts('Rate', 1)])
    const [before, after] = ['words/v0', 'words/v1'].map((version) => story.collated(version, '02_rate.json'))
    expect(after!.slice(1)).toEqual(before!.slice(1))
    await story.run('rerun', 'words', '--failed', '--keep-approved', '--base', 'v0')
    expect(story.asked()).toEqual([...prompts('Define', 4), ...prompts('Rate', 4)])
    await story.run('rerun', 'words', '11', '--keep-approved', '--base', 'v0')
    expect(story.asked()).toEqual([...prompts('Define', 1), ...prompts('Rate', 1)])
  })

  test('without such an item nothing is started', async () => {
    await using story = await begun(2)
    const { code, out } = await story.run('rerun', 'words', '--flagged')
    expect([code, out]).toEqual([0, expect.stringContaining('v0 of words has no flagged items. Nothing was started.')])
    expect(story.names('outputs/words')).toEqual(['latest', 'v0'])
  })
})

describe('label --status final', () => {
  test('warns of flagged and unreviewed items if anybody reviews, and --strict refuses', async () => {
    await using story = await begun(3)
    expect((await story.run('label', 'words', 'v0', '--status', 'final')).err).not.toContain('Warning')
    await story.run('approve', 'words', '11', '--by', 'Maria')
    await story.run('flag', 'words', '12', '--step', '1', '--by', 'Maria')
    const open = 'v0 of words has items that are not approved: 1 flagged (12), and 1 that nobody has reviewed (13).'
    const warned = await story.run('label', 'words', 'v0', '--status', 'final')
    expect([warned.code, warned.err]).toEqual([0, expect.stringContaining(`Warning: ${open}`)])
    const beta = await story.run('label', 'words', 'v0', '--status', 'beta')
    expect(beta.err).not.toContain('Warning')
    const refused = await story.run('label', 'words', 'v0', '--status', 'final', '--strict')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(`${open} It was not labelled.`)])
    expect(story.metadata('words/v0').pipeline_status).toBe('beta')
    await story.run('approve', 'words', '12', '13', '--by', 'Maria')
    await story.run('clear', 'words', '12', '--step', '1', '--by', 'Maria')
    const given = await story.run('label', 'words', 'v0', '--status', 'final', '--strict')
    expect([given.code, story.metadata('words/v0').pipeline_status]).toEqual([0, 'final'])
    expect(given.err).not.toContain('Warning')
  })

  test('--strict refuses what nobody has ever reviewed, and needs a label', async () => {
    await using story = await begun(2)
    const refused = await story.run('label', 'words', 'v0', '--status', 'rc', '--strict')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('2 that nobody has reviewed (11, 12)')])
    const alone = await story.run('label', 'words', 'v0', '--notes', 'x', '--strict')
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('Add --status')])
  })
})

describe('export --approved', () => {
  test('has the approved answers of the step, and of these what --where takes', async () => {
    await using story = await begun(4)
    await story.run('approve', 'words', '11', '13', '14', '--by', 'Maria')
    await story.run('flag', 'words', '14', '--by', 'Maria')
    await story.run('approve', 'words', '12', '--step', '1', '--by', 'Maria')
    const exported = async (...flags: string[]) =>
      JSON.parse((await story.run('export', 'words', '--json', ...flags)).out)
    const all = story.collated('words/v0', '02_rate.json')
    expect(await exported('--approved')).toEqual([all[0], all[2]])
    expect(await exported('--approved', '--where', 'word = "w3"')).toEqual([all[2]])
    expect(await exported('--approved', '--step', 'define')).toEqual([story.collated('words/v0', '01_define.json')[1]])
    story.api.answer = () => '{"answer": "another", "score": 1}'
    await story.run('rerun', 'words', '11')
    expect(await exported('--approved', '--step', 'rate')).toHaveLength(1)
  })

  test('is refused if somebody edited the array: nobody approved that', async () => {
    await using story = await begun(2)
    await story.run('approve', 'words', '11', '--by', 'Maria')
    const path = 'outputs/words/v0/collated/02_rate.json'
    story.write(path, story.read(path).replace(/"answer": "/, '"answer": "My own. '))
    const { code, out, err } = await story.run('export', 'words', '--approved')
    expect([code, out, err]).toEqual([2, '', expect.stringContaining('Nobody reviewed what was written by hand')])
  })
})
