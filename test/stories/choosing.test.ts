import { describe, expect, test } from 'vitest'
import { Story, until } from './story.ts'
import { numbers, prompts, step1, step2, threeSteps, wordFiles, words } from './words.ts'

/** Words with grades 1, 2, 3 … */
function graded(count: number, steps: object[] = threeSteps): Record<string, unknown> {
  return {
    ...wordFiles(count, steps),
    'inputs/words.json': words(count).map((word, at) => ({ ...word, grade: at + 1 })),
  }
}

describe('run --where', () => {
  test('acts as --only: a version of these items under their own numbers, with the expression in its request', async () => {
    await using story = await Story.begin(graded(5))
    const { code, err } = await story.run('run', 'pipelines/words.json', '--where', 'grade >= 4')
    expect({ code, asked: story.asked() }).toEqual({
      code: 0,
      asked: [...prompts('Define', 4, 5), ...prompts('Rate', 4, 5), ...prompts('Teach', 4, 5)],
    })
    expect(err).toContain('Warning: latest now holds 2 of 5;')
    expect(story.collated('words/v0', '03_teach.json').map(({ nr }) => nr)).toEqual([4, 5])
    expect(story.runDocument('words/v0')).toMatchObject({
      request: { steps: [{ batch_where: 'grade >= 4' }, {}, {}] },
      steps: [{ where: 'grade >= 4' }, {}, {}],
    })
    expect(story.runDocument('words/v0').steps[1]).not.toHaveProperty('where')
  })

  test('narrows the expression of the request, --skip, --ids-from, --sample and --first', async () => {
    await using story = await Story.begin(graded(9, [{ ...step1, batch_where: 'grade > 2' }]))
    story.write('ids.txt', '13\r\n14\r\n\r\n15\r\n16\r\n')
    await story.run('run', 'pipelines/words.json', '--where', 'grade < 7', '--skip', '14')
    expect(story.asked()).toEqual(prompts('Define', 3, 5, 6))
    await story.run('run', 'pipelines/words.json', '--where', 'grade < 6', '--ids-from', 'ids.txt', '--only', '12')
    expect(story.asked()).toEqual(prompts('Define', 3, 4, 5))
    await story.run('run', 'pipelines/words.json', '--where', 'grade < 7', '--first', '2', '--skip', '13')
    expect(story.asked()).toEqual(prompts('Define', 4, 5))
    await story.run('run', 'pipelines/words.json', '--where', 'grade < 7', '--sample', '3')
    const some = story.asked()
    expect(some).toHaveLength(3)
    expect(prompts('Define', 3, 4, 5, 6)).toEqual(expect.arrayContaining(some))
  })

  test('is refused if it takes nothing, cannot be worked out, or reads what an initial run has not', async () => {
    await using story = await Story.begin(graded(3))
    const refused: [string, string][] = [
      ['grade > 9', 'Step 1: batch_where (--where) `grade > 9` takes none of 3 items.'],
      [
        'grde > 1',
        'Step 1: batch_where (--where) `grde > 1` takes none of 3 items. No item has the field grde, which `grde > 1` names. Text stands in quotes: topic = "money".',
      ],
      ['word > 1', 'Step 1: The expression `word > 1` cannot be worked out for 3 items (11, 12, 13): '],
      [
        'answer.x = 1',
        "Step 1 (define): batch_where (--where) `answer.x = 1` reads answer, but an initial run has no earlier version. `itemwise rerun --where` chooses by answers; an item's own field is $item.answer.",
      ],
      ['$ledger.attempts > 1', 'reads ledger, but an initial run has no earlier version.'],
      ['grade >', 'Step 1 (define): batch_where (--where) `grade >` cannot be read at character 7: '],
    ]
    for (const [where, message] of refused) {
      const { code, err } = await story.run('run', 'pipelines/words.json', '--where', where)
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) })
    }
    expect({ asked: story.asked(), outputs: story.has('outputs') }).toEqual({ asked: [], outputs: false })
  })

  test('narrows the rerun_items of a request', async () => {
    await using story = await Story.begin(graded(5))
    await story.run('run', 'pipelines/words.json')
    story.asked()
    const { steps } = story.json<{ steps: object[] }>('pipelines/words.json')
    story.write('pipelines/again.json', { pipeline_name: 'words', rerun_items: [11, 14, 15], steps })
    await story.run('run', 'again', '--where', 'grade > 2 and ledger.state = "answered"')
    expect(story.asked()).toEqual([...prompts('Define', 4, 5), ...prompts('Rate', 4, 5), ...prompts('Teach', 4, 5)])
  })

  test('a name that no item has is told although the expression takes some', async () => {
    await using story = await Story.begin(graded(3))
    const { err } = await story.run('run', 'pipelines/words.json', '--where', 'grade > 1 or topic = 1', '--dry-run')
    expect(err).toBe('')
    const { out } = await story.run('run', 'pipelines/words.json', '--where', 'grade > 1 or topic = 1', '--dry-run')
    expect(out).toContain('Warning: No item has the field topic,')
  })
})

describe('batch_where', () => {
  const rated = [step1, { ...step2, batch_where: 'score >= 7' }]
  const scores = ({ prompt }: { prompt: string }) => {
    const number = /^Define w(\d+)/.exec(prompt)?.[1]
    return number === undefined ? undefined : JSON.stringify({ answer: `w${number}`, score: Number(number) * 2 + 1 })
  }

  test('of a later step takes items by the answers of the step before, once they are there', async () => {
    await using story = await Story.begin(wordFiles(5, rated))
    story.api.answer = scores
    const dry = await story.run('run', 'pipelines/words.json', '--dry-run')
    expect(dry.out).toContain(
      'Warning: Step 2 (rate) takes the items for which `score >= 7` holds. That is known when the step before has answered: at most 5 more are asked for.',
    )
    await story.run('run', 'pipelines/words.json')
    expect(story.asked()).toEqual([...prompts('Define', ...numbers(5)), ...prompts('Rate', 3, 4, 5)])
    expect(story.metadata('words/v0').stats.steps[1]).toMatchObject({ items: 5, processed: 3, skipped: 2 })
  })

  test('holds in a rerun, too: an item whose new answer it does not take is not asked for in that step', async () => {
    await using story = await Story.begin(wordFiles(5, rated))
    story.api.answer = scores
    await story.run('run', 'pipelines/words.json')
    story.asked()
    story.api.answer = ({ prompt }) => (/^Define/.test(prompt) ? '{"answer": "new", "score": 8}' : undefined)
    await story.run('rerun', 'words', '11', '13')
    expect(story.asked()).toEqual([...prompts('Define', 1, 3), ...prompts('Rate', 1, 3)])
    story.api.answer = ({ prompt }) => (/^Define/.test(prompt) ? '{"answer": "new", "score": 0}' : undefined)
    await story.run('rerun', 'words', '13')
    expect(story.asked()).toEqual(prompts('Define', 3))
    expect(story.collated('words/v2', '02_rate.json').map(({ nr }) => nr)).toEqual([1, 4, 5])
  })

  test('holds in a rerun as batch_only_items and batch_skip_items do, and for what is made from an edit', async () => {
    await using story = await Story.begin(wordFiles(4, [step1, { ...step2, batch_skip_items: [11] }]))
    await story.run('run', 'pipelines/words.json')
    expect(story.asked()).toEqual([...prompts('Define', ...numbers(4)), ...prompts('Rate', 2, 3, 4)])
    await story.run('rerun', 'words', '11', '12')
    expect(story.asked()).toEqual([...prompts('Define', 1, 2), ...prompts('Rate', 2)])
    for (const id of ['11', '12']) await story.run('edit', 'words', id, '--step', '1', '--set', 'answer=mine')
    await story.run('apply', 'words')
    expect(story.asked()).toEqual(prompts('Rate', 2))
    expect(story.collated('words/v2', '02_rate.json').map(({ nr }) => nr)).toEqual([2, 3, 4])
  })

  test('leaves out what it cannot be worked out for, and says so', async () => {
    await using story = await Story.begin(wordFiles(3, rated))
    story.api.answer = ({ prompt }) =>
      prompt === 'Define w2.' ? '{"answer": "?", "score": "n/a"}' : scores({ prompt })
    const { code, err } = await story.run('run', 'pipelines/words.json')
    expect({ code, asked: story.asked() }).toEqual({
      code: 0,
      asked: [...prompts('Define', 1, 2, 3), ...prompts('Rate', 3)],
    })
    const told = 'Step 2 (rate) leaves items out. The expression `score >= 7` cannot be worked out for an item (2): '
    expect(err).toContain(`Warning: ${told}`)
  })

  test('with batch_skip_existing it reads the answers and the ledger of the version before', async () => {
    const keeping = { ...step1, batch_skip_existing: true }
    await using story = await Story.begin(wordFiles(4, [keeping]))
    story.api.answer = ({ prompt }) => {
      if (prompt === 'Define w2.') return { refusal: true }
      return prompt === 'Define w3.' ? { status: 400, message: 'No.' } : undefined
    }
    await story.run('run', 'pipelines/words.json')
    story.api.answer = undefined
    story.asked()
    await story.run('run', 'pipelines/words.json', '--where', 'ledger.error.kind = "refusal"')
    expect(story.asked()).toEqual(prompts('Define', 2))
  })

  test('cannot stand in a single call', async () => {
    await using story = await Story.begin(
      wordFiles(1, [{ ...step1, batch_output_id_field: undefined, batch_mode: false, batch_where: 'true' }]),
    )
    expect((await story.run('run', 'pipelines/words.json')).err).toContain(
      'batch_where cannot stand in a step with batch_mode: false',
    )
  })
})

describe('run with rerun_items', () => {
  test('--only and --skip narrow what it names; if they leave nothing it is refused', async () => {
    await using story = await Story.begin(wordFiles(5))
    await story.run('run', 'pipelines/words.json')
    story.write('pipelines/again.json', { pipeline_name: 'words', rerun_items: [11, 12, 13], steps: [step1] })
    story.asked()
    await story.run('run', 'again', '--only', '12', '14')
    expect(story.asked()).toEqual(prompts('Define', 2))
    await story.run('run', 'again', '--skip', '12')
    expect(story.asked()).toEqual(prompts('Define', 1, 3))
    expect(story.metadata('words/v2').stats).toMatchObject({ items: 5, processed: 2, carried_over: 3 })
    const { code, err } = await story.run('run', 'again', '--only', '14', '15')
    expect({ code, err }).toEqual({
      code: 2,
      err: 'itemwise: rerun_items names 11, 12, 13, but batch_only_items (--only) of step 1 leaves none of them. Correct one of the two, or leave it out.\n',
    })
  })
})

describe('--sample', () => {
  test('with batch_skip_existing, the same sample goes on with a run that was killed; another one makes a version', async () => {
    await using story = await Story.begin(wordFiles(8, [{ ...step1, batch_skip_existing: true, max_concurrency: 1 }]))
    story.api.answer = ({ nth }) => (nth <= 2 ? undefined : { delay_ms: 600_000 })
    const killed = story.start('run', 'pipelines/words.json', '--sample', '4')
    await until(() => story.sent.length === 3)
    killed.signal('SIGKILL')
    await killed.ended
    story.api.answer = undefined
    const before = story.asked()
    const dry = await story.run('run', 'pipelines/words.json', '--sample', '4', '--dry-run')
    expect(dry.out).toContain('Would resume v0 of words.')
    for (const other of [
      ['--sample', '5'],
      ['--sample', '4', '--seed', '2'],
    ])
      expect((await story.run('run', 'pipelines/words.json', ...other, '--dry-run')).out).toContain('incremental on v0')
    await story.run('run', 'pipelines/words.json', '--sample', '4')
    const after = story.asked()
    expect([story.names('outputs/words'), new Set([...before, ...after]).size]).toEqual([['latest', 'v0'], 4])
    expect(story.metadata('words/v0').stats).toMatchObject({ items: 8, processed: 4, skipped: 4 })
  })

  test('draws the same items again with the same seed; run.json says how they were drawn', async () => {
    await using story = await Story.begin(wordFiles(20))
    await story.run('run', 'pipelines/words.json', '--sample', '4', '--seed', '7')
    const drawn = story.asked()
    expect(drawn).toHaveLength(4)
    expect(story.runDocument('words/v0').sample).toEqual({ count: 4, seed: 7 })
    story.write('inputs/words.json', words(20).toReversed())
    await story.run('run', 'pipelines/words.json', '--sample', '4', '--seed', '7')
    expect(story.asked()).toEqual(drawn)
    await story.run('run', 'pipelines/words.json', '--sample', '4')
    expect(story.asked()).not.toEqual(drawn)
    expect(story.runDocument('words/v2').sample).toEqual({ count: 4, seed: 1 })
  })

  test('of a rerun draws from what the rerun would ask for', async () => {
    await using story = await Story.begin(wordFiles(8, threeSteps))
    story.api.answer = ({ prompt }) => (/^Teach w[2468]:/.test(prompt) ? { refusal: true } : undefined)
    await story.run('run', 'pipelines/words.json', '--skip', '18')
    story.api.answer = undefined
    story.asked()
    await story.run('rerun', 'words', '--failed', '--sample', '2')
    const failed = story.asked()
    expect(failed).toHaveLength(2)
    expect(prompts('Teach', 2, 4, 6)).toEqual(expect.arrayContaining(failed))
    expect(story.runDocument('words/v1')).toMatchObject({
      rerun: { failed: true, first_step: 3 },
      sample: { count: 2, seed: 1 },
    })
    story.write(
      'inputs/words.json',
      words(8).map(({ id, word }) => ({ id, word: id > 15 ? word : `${word} new` })),
    )
    await story.run('rerun', 'words', '--changed', '--sample', '3', '--base', 'v0')
    const changed = story.asked().filter((name) => name.startsWith('Define'))
    expect(changed).toHaveLength(3)
    for (const name of changed) expect(name).toMatch(/ new$/)
    await story.run('rerun', 'words', '--sample', '50', '--base', 'v0')
    expect(story.asked().filter((name) => name.startsWith('Define'))).toHaveLength(7)
  })

  test('a seed without a sample, and a sample of a single call, are refused', async () => {
    const single = { prompt_name: 'define', input_file: 'inputs/words.json', batch_mode: false, answer_format: 'json' }
    await using story = await Story.begin({ ...wordFiles(2, [single]), 'prompts/define.md': 'All {input}' })
    expect((await story.run('run', 'pipelines/words.json', '--seed', '2')).err).toContain(
      'There is a seed (--seed), but no sample.',
    )
    expect((await story.run('run', 'pipelines/words.json', '--sample', '2')).err).toContain(
      'that is a single call without items.',
    )
    expect((await story.run('run', 'pipelines/words.json', '--sample', '0')).err).toContain(
      'Expected a whole number from 1.',
    )
    expect(story.asked()).toEqual([])
  })
})

describe('--ids-from', () => {
  test('reads ids from lines or from JSON, and adds them to those that are named', async () => {
    await using story = await Story.begin(wordFiles(6))
    story.write('ids.json', '[11, "13"]')
    await story.run('run', 'pipelines/words.json', '--ids-from', 'ids.json')
    expect(story.asked()).toEqual(prompts('Define', 1, 3))
    await story.run('run', 'pipelines/words.json')
    story.asked()
    story.write('ids.txt', '\uFEFF12\n\n  14 \r\n12\n')
    await story.run('rerun', 'words', '16', '--ids-from', 'ids.txt')
    expect(story.asked()).toEqual(prompts('Define', 2, 4, 6))
  })

  test('an id that no item has, and a file that is none, are refused', async () => {
    await using story = await Story.begin({
      ...wordFiles(2),
      'ids.txt': '11\nw99\n',
      'empty.txt': '\n',
      'odd.json': '[{"id": 1}]',
    })
    const refused: [string, string][] = [
      ['ids.txt', 'Step 1: batch_only_items (--only) names w99, but the input has no such item.'],
      ['empty.txt', '--ids-from: empty.txt names no ids. Expected one a line, or a JSON array of ids.'],
      ['odd.json', '--ids-from: odd.json begins with [, but is no JSON array of ids (texts and numbers).'],
      ['none.txt', '--ids-from: there is no file none.txt that can be read.'],
    ]
    for (const [file, message] of refused) {
      for (const more of [[], ['--sample', '1'], ['--first', '1']]) {
        const { code, err } = await story.run('run', 'pipelines/words.json', '--ids-from', file, ...more)
        expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) })
      }
    }
    expect(story.asked()).toEqual([])
  })
})

describe('export --where', () => {
  test('writes the elements whose items are taken, in every format; --step by name', async () => {
    await using story = await Story.begin(graded(4))
    await story.run('run', 'pipelines/words.json')
    const words = ['export', 'words', 'v0', '--step', 'define', '--where', 'grade > 2 and answer.nr < 4']
    const csv = await story.run(...words)
    expect(csv.out.split('\n').map((line) => line.split(',')[0])).toEqual(['nr', '3', ''])
    const json = await story.run(...words, '--format', 'json')
    const whole = story.read('outputs/words/v0/collated/01_define.json')
    expect(whole).toContain(json.out.slice(2, -3))
    expect(JSON.parse(json.out)).toMatchObject([{ nr: 3 }])
    const none = await story.run('export', 'words', '--where', 'grade > 9', '--format', 'json')
    expect(none.out).toBe('[]\n')
    const all = await story.run('export', 'words', '--step', '1', '--where', 'true', '--format', 'json')
    expect(all.out).toBe(whole)
    const wrong = await story.run('export', 'words', '--step', 'defin')
    expect(wrong).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('words v0 has no step defin. Its steps: 1 (define), 2 (rate), 3 (teach).'),
    })
  })

  test('nothing is written into a version, whatever --output says', async () => {
    await using story = await Story.begin(graded(2))
    await story.run('run', 'pipelines/words.json')
    const record = story.read('outputs/words/v0/metadata.json')
    for (const output of ['outputs/words/v0/metadata.json', 'outputs/words/latest/collated/01_define.json'])
      for (const command of ['export', 'report']) {
        const { code, err } = await story.run(command, 'words', '--output', output)
        expect({ code, err }).toEqual({
          code: 2,
          err: expect.stringContaining('which never changes. Nothing was written.'),
        })
      }
    expect(story.read('outputs/words/v0/metadata.json')).toBe(record)
    expect((await story.run('doctor', 'words')).code).toBe(0)
    expect((await story.run('export', 'words', '--output', 'outputs/words.csv')).code).toBe(0)
  })

  test('refuses before anything is written', async () => {
    await using story = await Story.begin(graded(2))
    await story.run('run', 'pipelines/words.json')
    const { code, out } = await story.run('export', 'words', '--where', 'word > 1', '--output', 'words.csv')
    expect({ code, out, written: story.has('words.csv') }).toEqual({ code: 2, out: '', written: false })
  })
})
