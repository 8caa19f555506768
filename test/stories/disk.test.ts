/** How much space versions take, and how room is made: after asking, and never at the cost of an answer. */
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

interface Row {
  name: string
  bytes: number
  by: Record<string, number>
}

const arePromptsThere = (story: Story) => (version: string) => {
  const names = story.names(`outputs/words/${version}/prompts`)
  return names.join() !== 'pruned.txt' && names.length > 0
}

const diskOf = async (story: Story, ...words: string[]) => JSON.parse((await story.run('disk', ...words, '--json')).out)

/** v0 to v3: two runs, of which the first is deprecated, and a rerun of each. */
async function fourVersions(): Promise<Story> {
  const story = await Story.begin(wordFiles(8, [step1, step2]))
  await story.run('run', 'words')
  await story.run('rerun', 'words', '11')
  await story.run('run', 'words')
  await story.run('rerun', 'words', '12')
  return story
}

test('disk shows what each version takes, and with what; the sums agree with the files', async () => {
  await using story = await fourVersions()
  const { bytes, files, rows } = await diskOf(story, 'words')
  expect(rows.map(({ name }: Row) => name)).toEqual(['v0', 'v1', 'v2', 'v3'])
  const [v0] = rows as Row[]
  // 16 answers, each in a block, and 8 folders; 16 prompts.
  expect(v0!.by.items).toBeGreaterThanOrEqual(16 * 512)
  expect(v0!.by.prompts).toBeGreaterThanOrEqual(16 * 512)
  expect(v0!.bytes).toBe(Object.values(v0!.by).reduce((sum, part) => sum + part, 0))
  const listed = story.shell('find outputs/words ! -type d | wc -l')
  await listed.ended
  expect(files).toBe(Number(listed.out.trim()))
  expect(bytes).toBeGreaterThanOrEqual(rows.reduce((sum: number, row: Row) => sum + row.bytes, 0))
  const all = await story.run('disk')
  expect(all.out).toMatch(
    /^outputs\/ takes .* in [\d,]+ files\.\n\n +all +items +prompts +replies +collated +ledgers +work\nwords /,
  )
  expect(all.err).toContain('`itemwise prune` can make room for')
  expect((await story.run('disk', 'wrods')).code).toBe(2)
})

test('prune shows what would go, removes nothing without asking, and keeps every answer', async () => {
  await using story = await fourVersions()
  await story.run('label', 'words', 'v1', '--status', 'beta')
  const shown = await story.run('prune', '--dry-run')
  expect(shown.out).toMatch(
    /^Prompts and unusable replies of old versions \(their answers stay\):\n {2}words v2 .*\n {2}words v0 .*\n\nAll of it: /,
  )
  expect(await story.run('prune')).toMatchObject({ code: 2, err: expect.stringContaining('nothing was removed') })
  expect(story.has('outputs/words/v0/prompts')).toBe(true)
  const before = ['v0', 'v1', 'v2', 'v3'].map((version) => story.read(`outputs/words/${version}/collated/02_rate.json`))
  expect(await story.run('prune', '--yes')).toMatchObject({ code: 0, out: expect.stringMatching(/^Removed: \d/) })
  expect(['v0', 'v1', 'v2', 'v3'].map(arePromptsThere(story))).toEqual([false, true, false, true])
  expect(
    ['v0', 'v1', 'v2', 'v3'].map((version) => story.read(`outputs/words/${version}/collated/02_rate.json`)),
  ).toEqual(before)
  expect((await story.run('prune', '--dry-run')).out).toBe('There is nothing to prune.\n')
  // What stands on them works as before.
  expect((await story.run('doctor', '--json')).code).toBe(0)
  expect((await story.run('rerun', 'words', '13', '--base', 'v0')).code).toBe(0)
  expect((await story.run('show', 'words', 'v0', '11')).out).toContain('(not kept: outputs/words/v0/prompts/')
})

test('deprecated versions go as a whole if nothing needs them, those that stand on each other together', async () => {
  await using story = await fourVersions()
  for (const version of ['v0', 'v1']) await story.run('label', 'words', version, '--status', 'deprecated')
  expect(JSON.parse((await story.run('prune', '--dry-run', '--json')).out).removed).toMatchObject([
    { version: 'v1' },
    { version: 'v0' },
  ])
  expect((await story.run('prune', '--yes')).code).toBe(0)
  expect(story.names('outputs/words').filter((name) => /^v\d$/.test(name))).toEqual(['v2', 'v3'])
})

test('a deprecated version that another one stands on stays, and it is said why', async () => {
  await using story = await fourVersions()
  await story.run('label', 'words', 'v2', '--status', 'deprecated')
  const { out } = await story.run('prune', '--dry-run')
  expect(out).toContain(
    'Deprecated, but needed:\n  words v2 was not removed, because other versions need it: v3 is a rerun of it.',
  )
  await story.run('prune', '--yes')
  expect(story.has('outputs/words/v2/collated/02_rate.json')).toBe(true)
})

test('replies that could not be used go with the prompts, and unfinished versions keep everything', async () => {
  await using story = await Story.begin(wordFiles(3))
  story.api.answer = ({ prompt }) => (prompt === 'Define w1.' ? { refusal: true } : undefined)
  await story.run('run', 'words')
  const reply = 'outputs/words/v0/items/11/01_reply.txt'
  expect(story.has(reply)).toBe(true)
  story.api.answer = () => ({ status: 401 })
  await story.run('run', 'words')
  expect(story.metadata('words/v1').status).toBe('failed')
  story.api.answer = undefined
  await story.run('run', 'words')
  await story.run('prune', '--yes')
  expect([story.has(reply), ...['v0', 'v1'].map(arePromptsThere(story))]).toEqual([false, false, true])
  expect(story.errors('words/v0', 1)).toHaveLength(1)
})

test('disk names the setting that packs a thousand prompts and answers into one file, if that would help', async () => {
  await using story = await Story.begin(wordFiles(1100))
  await story.run('run', 'words', '--offline')
  expect((await story.run('disk')).err).toContain('2,200 files hold a single prompt or answer each')
  expect((await story.run('disk')).err).toContain('`keep: { prompts: packed, items: packed }` in itemwise.yaml')
  await story.run('remove', 'words', 'v0', '--force')
  story.write('itemwise.yaml', 'keep: { prompts: packed, items: packed }\n')
  await story.run('run', 'words', '--offline')
  const { err } = await story.run('disk')
  expect(err).not.toContain('packed')
  expect((await diskOf(story, 'words')).single_files).toBe(0)
})

test('prompts in packs go, too, and the doctor finds nothing wrong', async () => {
  await using story = await Story.begin({
    ...wordFiles(6),
    'itemwise.yaml': 'keep: { prompts: packed, items: packed }\n',
  })
  story.api.answer = ({ prompt }) => (prompt === 'Define w1.' ? { refusal: true } : undefined)
  await story.run('run', 'words')
  await story.run('run', 'words')
  expect((await story.run('prune', '--yes')).out).toMatch(/^Removed: /)
  expect([...['v0', 'v1'].map(arePromptsThere(story))]).toEqual([false, true])
  const doctor = await story.run('doctor')
  expect(doctor).toMatchObject({ code: 0, out: expect.not.stringContaining('words/v0') })
  expect((await story.run('show', 'words', 'v0', '12')).code).toBe(0)
  expect((await story.run('rerun', 'words', '13', '--base', 'v0')).code).toBe(3)
})
