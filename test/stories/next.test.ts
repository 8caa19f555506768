/** What a person is told at the end of a run, and how a pipeline is named. */
import { describe, expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

/** What stderr says from `Next:` on. */
const next = ({ err }: { err: string }) => err.slice(err.indexOf('\nNext:'))

describe('a run ends with the commands that may come next', () => {
  test('a whole one with how to look at it, to take it along and to find it again', async () => {
    await using story = await Story.begin(wordFiles(2))
    expect(next(await story.run('run', 'words'))).toBe(`
Next:
  Show it:                     itemwise show words v0
  Save the answers as a table: itemwise export words v0 --output answers.csv
  List all versions:           itemwise list words --all
`)
    expect(next(await story.run('rerun', 'words', '11'))).toBe(`
Next:
  Compare with v0:             itemwise compare words v0 v1
  Save the answers as a table: itemwise export words v1 --output answers.csv
  List all versions:           itemwise list words --all
`)
  })

  test('one in which items failed with why, and with how to ask for those again; each command works as it stands', async () => {
    await using story = await Story.begin(wordFiles(4, [step1, step2]))
    story.api.answer = ({ prompt }) =>
      /^Define w[12]\./.test(prompt) ? { refusal: true } : prompt === 'Define w3.' ? { truncated: true } : undefined
    const run = await story.run('run', 'words', '--workspace', story.root)
    expect(run.out).toContain('\n├── 01_errors.json           3 failed: 2 refusal, 1 max_tokens\n')
    expect(story.metadata('words/v0').stats.steps.map(({ failed_by_kind }) => failed_by_kind)).toEqual([
      { refusal: 2, max_tokens: 1 },
      undefined,
    ])
    expect(next(run)).toBe(
      `
Next:
  Show what failed, and why:       itemwise show words v0 --workspace ${story.root}
  Ask again for the 3 that failed: itemwise rerun words --failed --workspace ${story.root}
  Save the answers as a table:     itemwise export words v0 --output answers.csv --workspace ${story.root}
  List all versions:               itemwise list words --all --workspace ${story.root}
`,
    )
    story.api.answer = undefined
    const commands = [...next(run).matchAll(/: +itemwise (.*)/g)].map(([, command = '']) => command.split(' '))
    const codes: (number | null)[] = []
    for (const words of commands) codes.push((await story.run(...words)).code)
    expect(codes).toEqual([0, 0, 0, 0])
  })

  test('one without any answer proposes no table of them', async () => {
    await using story = await Story.begin(wordFiles(2))
    story.api.answer = () => ({ refusal: true })
    expect(next(await story.run('run', 'words'))).toBe(`
Next:
  Show what failed, and why:       itemwise show words v0
  Ask again for the 2 that failed: itemwise rerun words --failed
  List all versions:               itemwise list words --all
`)
  })

  test('a one-off with its id', async () => {
    await using story = await Story.begin(wordFiles(2))
    const run = await story.run('run', 'words', '--first', '1', '--json')
    const { version } = JSON.parse(run.out)
    expect(run.err).not.toContain('Next:')
    expect(next(await story.run('run', 'words', '--first', '1')).replaceAll(/\b01\w{24}\b/g, 'ID')).toBe(`
Next:
  Show it:                     itemwise show ID
  Save the answers as a table: itemwise export ID --output answers.csv
`)
    expect((await story.run('export', version, '--output', 'answers.csv')).code).toBe(0)
  })
})

describe('list', () => {
  test('tells of versions that it hides where nothing else of their pipeline is shown', async () => {
    await using story = await Story.begin(wordFiles(1))
    await story.run('run', 'words')
    const once = await story.run('list')
    expect(once.out).toContain('Versions: 0 (hiding 1)\n')
    expect(once.err).toBe('1 version is hidden (1 draft): `itemwise list --all` shows it.\n')
    await story.run('run', 'words', '--status', 'alpha')
    await story.run('run', 'words')
    expect((await story.run('list', 'words')).err).toBe(
      '3 versions are hidden (1 alpha, 2 draft): `itemwise list words --all` shows them.\n',
    )
    expect((await story.run('list', '--json')).err).toBe('')
    await story.run('label', 'words', 'v1', '--status', 'final')
    const some = await story.run('list')
    expect([some.out.includes('(hiding 2)'), some.err]).toEqual([true, ''])
  })
})

describe('a pipeline', () => {
  const files = {
    ...wordFiles(1, [step1], { module_number: 4 }),
    'pipelines/other.yaml': 'pipeline_name: other\nsteps: [{ prompt_name: define, input_file: inputs/words.json }]\n',
  }

  test('is found by the name of its file in pipelines/, with and without its ending', async () => {
    await using story = await Story.begin(files)
    for (const name of ['words', 'words.json', 'other', 'other.yaml', 'pipelines/other'])
      expect(await story.run('estimate', name)).toMatchObject({
        code: 0,
        out: expect.stringContaining('Would make a ver'),
      })
    expect((await story.run('run', 'words')).out).toContain('v0 of words_module_4 is completed')
    expect((await story.run('rerun', 'words', '11')).out).toContain('v1 of words_module_4 is completed')
    expect((await story.run('list', 'pipelines/words.json', '--all')).out).toContain('PIPELINE: words_module_4\n')
  })

  test('is not guessed: a name of two files, or of none, is refused', async () => {
    await using story = await Story.begin({ ...files, 'pipelines/words.yaml': 'steps: []\n', 'other/x.txt': '' })
    expect(await story.run('run', 'words')).toMatchObject({
      code: 2,
      err: 'itemwise: words could be pipelines/words.yaml or pipelines/words.json. Expected one of them. Name the file.\n',
    })
    expect((await story.run('run', 'othr')).err).toBe('itemwise: There is no request file othr. Did you mean other?\n')
    for (const name of ['../words', '/words', '.', 'words/', ''])
      expect([name, (await story.run('run', name)).code]).toEqual([name, 2])
    expect((await story.run('run', 'other')).code).toBe(0)
  })

  test('whose version is completed is not resumed; the refusal names a rerun that stands on that very version', async () => {
    await using story = await Story.begin(wordFiles(2))
    story.api.answer = ({ prompt }) => (prompt === 'Define w2.' ? { refusal: true } : undefined)
    await story.run('run', 'words')
    story.api.answer = undefined
    await story.run('run', 'words')
    const refused = await story.run('resume', 'words', 'v0')
    expect(refused).toMatchObject({
      code: 2,
      err: 'itemwise: v0 of words is completed, so there is nothing to resume. `itemwise rerun words --failed --base v0` asks again for the one that failed in it, as a new version.\n',
    })
    expect((await story.run('rerun', 'words', '--failed', '--base', 'v0')).out).toContain('1 processed, 1 carried over')
    expect((await story.run('resume', 'words', 'v1')).err).toBe(
      'itemwise: v1 of words is completed, so there is nothing to resume. `itemwise rerun words <ids> --base v1` asks again for items of it, as a new version.\n',
    )
  })

  test('whose version is completed is not resumed without a key either, and that is told with the key', async () => {
    await using story = await Story.begin(wordFiles(1))
    await story.run('run', 'words')
    story.environment = { ANTHROPIC_API_KEY: '' }
    expect((await story.run('resume', 'words')).err).toMatch(
      /^itemwise: 2 problems, nothing was started:\n {2}- There is no API key\. Set .*\n {2}- All versions of words are completed/,
    )
    await story.run('rerun', 'words', '11', '--offline', '--base', 'v0')
    story.environment = {}
    await story.run('rerun', 'words', '11')
    await story.run('remove', 'words', 'v1', '--force')
    story.environment = { ANTHROPIC_API_KEY: '' }
    const { err } = await story.run('resume', 'words', 'v1')
    expect(err).toMatch(/\n {2}- words v1 was removed\. Versions: v0\.\n$/)
    expect(err.match(/nothing was started/g)).toHaveLength(1)
  })
})

test('whoever names an item in the place of a version is told how to show it', async () => {
  await using story = await Story.begin(wordFiles(2))
  await story.run('run', 'words')
  const none = (word: string) => `itemwise: words has no version ${word}. Versions: v0.`
  expect(await story.run('show', 'words', '11')).toMatchObject({
    code: 2,
    err: `${none('11')} To show item 11: \`itemwise show words latest 11\`.\n`,
  })
  expect((await story.run('show', 'words', 'a word')).err).toBe(
    `${none('a word')} To show item a word: \`itemwise show words latest "a word"\`.\n`,
  )
  // Neither a version nor an item.
  expect((await story.run('show', 'words', '777')).err).toBe(`${none('777')}\n`)
  expect((await story.run('show', 'words', 'v7')).err).toBe(`${none('v7')}\n`)
})
