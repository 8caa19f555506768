import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isSteering, steering } from '../steering.ts'
import { Story } from './story.ts'

/** Every character that steers a terminal, behind a whole sequence that clears it. */
const evil = `\u001b[2J\u001b]52;c;ZQ==\u0007${steering.join('')}`
// An argument ends at a NUL, and a label has 40 characters at most.
const word = evil.replaceAll('\0', '')
const label = 'x\u001b[2J\u009b31m\u202e'

async function hostileStory(): Promise<Story> {
  const story = await Story.begin({
    'inputs/items.json': [{ id: `a${evil}`, text: evil }, { id: 'b' }, { id: 'c' }],
    'prompts/p.md': `---\nsystem: ${JSON.stringify(`JSON ${label}`)}\n---\nAs JSON, ${evil.replaceAll('\0', '')} {id} {text?}`,
    'pipelines/p.json': {
      pipeline_name: 'p',
      notes: evil,
      pipeline_status: label,
      steps: [{ prompt_name: 'p', input_file: 'inputs/items.json' }],
    },
  })
  story.api.answer = ({ prompt, nthForPrompt }) => {
    if (prompt.includes(' b ')) return { status: 400, type: 'invalid_request_error', message: `no ${evil}` }
    if (prompt.includes(' c ') && nthForPrompt === 1) return { status: 529, message: `busy ${evil}` }
    return { text: JSON.stringify({ [`field ${evil}`]: evil, nth: nthForPrompt }) }
  }
  return story
}

test('what others wrote steers no terminal, in any command and in JSON', { timeout: 300_000 }, async () => {
  await using story = await hostileStory()
  const told: { words: string; steers: boolean; json: boolean | null }[] = []
  const tell = async (...words: string[]) => {
    for (const json of [false, true]) {
      const { out, err } = await story.run(...words, ...(json ? ['--json'] : []))
      expect(out + err).not.toBe('')
      told.push({ words: words.join(' '), steers: isSteering(out + err), json: json ? isJson(out) : null })
    }
  }
  await tell('run', 'pipelines/p.json', '--dry-run')
  await tell('estimate', 'pipelines/p.json')
  await tell('run', 'pipelines/p.json', '--verbose')
  expect(story.metadata('p/v1')).toMatchObject({ notes: evil, stats: { processed: 3, failed: 1 } })
  story.write('prompts/p.md', `As JSON, ${word} {id}!`)
  await tell('rerun', 'p', 'c', '--note', word, '--status', label, '--verbose')
  await tell('list', '--all')
  await tell('list', '--status', label)
  await tell('list', '--status', word)
  await tell('show', 'p', 'v0')
  await tell('show', 'p', 'v0', 'c')
  await tell('compare', 'p', 'v1', 'v3')
  await tell('compare', 'p', 'v1', 'v3', '--detail')
  await tell('label', 'p', 'v0', '--status', label, '--notes', word)
  await tell('resume', 'p')

  // Words that nothing is known by.
  for (const command of ['run', 'estimate', 'resume', 'show', 'export', 'doctor', 'list']) await tell(command, word)
  await tell('rerun', 'p', word)
  await tell('show', 'p', 'v0', word)
  await tell('show', 'p', word)
  await tell('label', 'p', 'v0', '--status', word.repeat(9))
  await tell('compare', 'p', 'v0', word)
  await tell('export', 'p', 'v0', '--output', `none/${word}`)
  await tell('export', 'p', 'v0', '--format', word)
  await tell('run', 'pipelines/p.json', `--${word}`)
  await tell('run', 'pipelines/p.json', '--max-cost', word)
  await tell('list', '--workspace', word)
  await tell(word)

  // What a hand or another program left in the documents.
  const path = 'outputs/p/v1/metadata.json'
  story.write(path, { ...story.metadata('p/v1'), timestamp: evil, mode: 'initial', notes: `\n${evil}` })
  await tell('list', '--all')
  await tell('compare', 'p', 'v1', 'v3')
  story.write(path, { ...story.metadata('p/v1'), mode: evil, [evil]: evil })
  await tell('list', '--all')
  await tell('doctor')
  story.write('pipelines/p.json', {
    pipeline_name: evil,
    [evil]: evil,
    steps: [{ prompt_name: evil, input_file: evil }],
  })
  await tell('run', 'pipelines/p.json')
  story.write('pipelines/p.json', `{"steps": [${evil}`)
  await tell('run', 'pipelines/p.json')
  story.write('itemwise.yaml', `${JSON.stringify(evil)}: 1\n`)
  await tell('run', 'pipelines/p.json', '--verbose')

  expect(told.filter(({ steers, json }) => steers || json === false)).toEqual([])
})

test('a folder whose name would steer the terminal is told with its name spelled out', async () => {
  await using story = await Story.begin()
  const { out, code } = await story.run('init', `my${label}`)
  expect({ code, first: out.split('\n')[0] }).toEqual({
    code: 0,
    first: 'A workspace with a working example is in myx\\u001b[2J\\u009b31m\\u202e:',
  })
})

test('an export keeps what was answered to the byte', async () => {
  await using story = await hostileStory()
  expect(await story.run('run', 'pipelines/p.json')).toMatchObject({ code: 3 })
  const collated = story.read('outputs/p/v0/collated/01_p.json')
  expect(isSteering(collated)).toBe(true)
  expect((await story.run('export', 'p', '--format', 'json')).out).toBe(collated)
  mkdirSync(join(story.root, 'sheets'))
  symlinkSync('sheets', join(story.root, 'link'))
  const { out } = await story.run('export', 'p', '--format', 'csv')
  await story.run('export', 'p', '--output', 'link/p.csv')
  expect(story.read('sheets/p.csv')).toBe(out)
  expect(isSteering(out)).toBe(true)
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
