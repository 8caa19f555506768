import { describe, expect, test } from 'vitest'
import { Story } from './story.ts'
import { prompts, threeSteps, wordFiles, words } from './words.ts'

/** Words with grades 1, 2, 3 … of which all were asked for. */
async function begun(count: number, behave?: (story: Story) => void): Promise<Story> {
  const story = await Story.begin({
    ...wordFiles(count, threeSteps),
    'inputs/words.json': words(count).map((word, at) => ({ ...word, grade: at + 1 })),
  })
  behave?.(story)
  await story.run('run', 'pipelines/words.json')
  story.api.answer = undefined
  story.asked()
  return story
}

describe('rerun --where', () => {
  test('takes the items that the expression takes, through every step, and run.json says which', async () => {
    await using story = await begun(5)
    const { code } = await story.run('rerun', 'words', '--where', 'grade >= 4 and $contains(word, /^w[0-9]$/)')
    expect({ code, asked: story.asked() }).toEqual({
      code: 0,
      asked: [...prompts('Define', 4, 5), ...prompts('Rate', 4, 5), ...prompts('Teach', 4, 5)],
    })
    expect(story.runDocument('words/v1').rerun).toEqual({
      ids: ['14', '15'],
      failed: false,
      changed: false,
      where: 'grade >= 4 and $contains(word, /^w[0-9]$/)',
      first_step: 1,
    })
    expect(story.collated('words/v1', '03_teach.json')).toHaveLength(5)
  })

  test('looks at the ledger of the last step that an item reached, and at the answers of the last step', async () => {
    await using story = await begun(5, (begun) => {
      begun.api.answer = ({ prompt }) => (/^Rate w[24]:/.test(prompt) ? { refusal: true } : undefined)
    })
    await story.run('rerun', 'words', '--where', 'ledger.error.kind = "refusal" and grade > 2')
    expect(story.asked()).toEqual([...prompts('Define', 4), ...prompts('Rate', 4), ...prompts('Teach', 4)])
    const shown = await story.run('show', 'words', 'v0', '--where', '$exists(answer)', '--json')
    expect(JSON.parse(shown.out)).toMatchObject({ items: 5, taken: [{ item: '11' }, { item: '13' }, { item: '15' }] })
  })

  test('combines with ids, --failed and --changed', async () => {
    await using story = await begun(5, (begun) => {
      begun.api.answer = ({ prompt }) => (/^Teach w[245]:/.test(prompt) ? { refusal: true } : undefined)
    })
    await story.run('rerun', 'words', '12', '13', '14', '--failed', '--where', 'grade > 2')
    expect(story.asked()).toEqual(prompts('Teach', 4))
    story.write('prompts/teach.md', 'Teach {root__word}: now.')
    await story.run('rerun', 'words', '--changed', '--where', 'grade < 3', '--base', 'v0')
    expect(story.asked()).toEqual(prompts('Teach', 1, 2))
  })

  test('what a filter left out of the base, or what is new, is taken only if it is named', async () => {
    await using story = await begun(5)
    await story.run('run', 'pipelines/words.json', '--only', '11', '12')
    story.asked()
    story.write(
      'inputs/words.json',
      words(6).map((word, at) => ({ ...word, grade: at + 1 })),
    )
    await story.run('rerun', 'words', '--where', 'grade > 1')
    expect(story.asked()).toEqual([...prompts('Define', 2), ...prompts('Rate', 2), ...prompts('Teach', 2)])
    await story.run('rerun', 'words', '12', '13', '16', '--where', 'grade > 2')
    expect(story.asked()).toEqual([...prompts('Define', 3, 6), ...prompts('Rate', 3, 6), ...prompts('Teach', 3, 6)])
  })

  test('an expression that takes nothing, or names what nothing has, starts nothing and says why', async () => {
    await using story = await begun(3)
    const { code, out, err } = await story.run('rerun', 'words', '--where', 'word = w1')
    expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: [] })
    expect(out + err).toContain(
      'The expression `word = w1` takes none of 3 items of v0 of words. No item has the field w1, which `word = w1` names. Text stands in quotes: topic = "money". Nothing was started.',
    )
  })

  test('a wrong expression, and one that cannot be worked out, are refused before anything is sent', async () => {
    await using story = await begun(3)
    const refused: [string[], string][] = [
      [
        ['--where', 'grade =='],
        'itemwise: --where `grade ==` cannot be read at character 8: The symbol "=" cannot be used as a unary operator. JSONata compares with one =.\n',
      ],
      [
        ['--where', 'word > 2'],
        'itemwise: The expression `word > 2` cannot be worked out for 3 items (11, 12, 13): The values "w1" and 2 either side of operator ">" must be of the same data type (a text that holds a number: $number(grade) >= 4). Write it so that it holds for every item: $type(grade) = "number" and grade >= 4.\n',
      ],
      [
        ['--where', 'grade > 2', '--step', 'rat'],
        'itemwise: v0 of words has no step rat. Its steps: 1 (define), 2 (rate), 3 (teach). Name one by its number or its prompt.\n',
      ],
      [
        ['11', '--step', 'rate'],
        'itemwise: The rerun has a step, but neither where nor flagged nor unreviewed. Its step says which answers they mean; leave it out.\n',
      ],
    ]
    for (const [words, message] of refused) {
      const { code, err } = await story.run('rerun', 'words', ...words)
      expect({ code, err }).toEqual({ code: 2, err: message })
    }
    expect({ asked: story.asked(), versions: story.names('outputs/words') }).toEqual({
      asked: [],
      versions: ['latest', 'v0'],
    })
  })
})

describe('show --where', () => {
  test('lists the items with their answers; --step says whose', async () => {
    await using story = await begun(3)
    const { code, out, err } = await story.run('show', 'words', '--where', 'answer.nr >= 2', '--step', 'define')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^v0 of words: 2 of 3 items\n {2}12 {2}answered {2}\{"nr": 2, .*\n {2}13 {2}answered {2}\{"nr": 3, .*\n$/,
    )
  })

  test('warns if the input is not as it was, and does not read it if the expression names no field of it', async () => {
    await using story = await begun(3)
    story.write('inputs/words.json', words(3))
    const { out, err } = await story.run('show', 'words', '--where', 'word = "w1"')
    expect(out).toMatch(/^v0 of words: 1 of 3 items\n/)
    expect(err).toBe(
      'Warning: inputs/words.json has changed since v0 was made. --where reads the items as they are today.\n',
    )
    story.write('inputs/words.json', 'no JSON')
    const without = await story.run('show', 'words', '--where', 'ledger.state = "answered"')
    expect({ ...without, out: without.out.split('\n')[0] }).toEqual({
      code: 0,
      err: '',
      out: 'v0 of words: 3 of 3 items',
    })
    const broken = await story.run('show', 'words', '--where', 'word = "w1"')
    expect(broken).toMatchObject({ code: 2, out: '' })
    expect(broken.err).toContain('inputs/words.json')
  })

  test('an item and --where, or --step alone, are refused', async () => {
    await using story = await begun(1)
    const both = await story.run('show', 'words', 'v0', '11', '--where', 'true')
    expect(both).toMatchObject({ code: 2, out: '' })
    expect(both.err).toContain('show takes an item or --where, but there are both.')
    expect((await story.run('show', 'words', '--step', '1')).err).toContain('Name an item, add --where or --grep,')
  })

  test('one item is shown in all steps, or in the one that --step names', async () => {
    await using story = await begun(1)
    const shownSteps = async (...words: string[]) => {
      const { out } = await story.run('show', 'words', 'latest', '11', ...words)
      return out.match(/^Step \d .*$/gm)?.map((heading) => heading.slice(0, 6))
    }
    expect(await shownSteps()).toEqual(['Step 1', 'Step 2', 'Step 3'])
    expect(await shownSteps('--step', '2')).toEqual(['Step 2'])
    const json = await story.run('show', 'words', 'latest', '11', '--step', '3', '--json')
    expect(JSON.parse(json.out).steps).toEqual([expect.objectContaining({ step: 3 })])
    expect(await story.run('show', 'words', 'latest', '11', '--step', '4')).toMatchObject({
      code: 2,
      err: expect.stringContaining('v0 of words has no step 4. Its steps: 1 ('),
    })
  })
})
