import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Story } from './story.ts'
import { step1, threeSteps, wordFiles, words } from './words.ts'

/** Every path of the workspace with its size and time. */
function tree(story: Story): string[] {
  return readdirSync(story.root, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const { size, mtimeMs } = statSync(join(story.root, path))
      return `${path} ${size} ${mtimeMs}`
    })
    .sort()
}

interface Counts {
  step: number
  process: number
  carry_over: number
  skip: number
}

/** What a dry run of a command foresees, having made sure that it writes and sends nothing. */
async function foreseen(story: Story, ...command: string[]): Promise<Counts[]> {
  const [files, calls] = [tree(story), story.sent.length]
  const { code, out, err } = await story.run(...command, '--dry-run', '--json')
  expect({ code, err, files: tree(story), calls: story.sent.length }).toEqual({ code: 0, err: '', files, calls })
  const { steps } = JSON.parse(out) as { steps: (Counts & { items: number; known: boolean })[] }
  return steps.map(({ step, process, carry_over, skip }) => ({ step, process, carry_over, skip }))
}

function happened(story: Story, version: string): Counts[] {
  return story.metadata(version).stats.steps.map(({ step, processed, carried_over, skipped }) => ({
    ...{ step, process: processed, carry_over: carried_over, skip: skipped },
  }))
}

const counts = (...steps: [number, number, number][]) =>
  steps.map(([process, carry_over, skip], at) => ({ step: at + 1, process, carry_over, skip }))

test('a dry run writes and sends nothing, and foresees in each step what the run then does', {
  timeout: 180_000,
}, async () => {
  await using story = await Story.begin(wordFiles(6, threeSteps))
  const seen: { command: string; foreseen: Counts[]; happened: Counts[] }[] = []
  const follow = async (version: string, ...command: string[]) => {
    const before = await foreseen(story, ...command)
    const { code, err } = await story.run(...command)
    if (code !== 0 && code !== 3) throw new Error(err)
    seen.push({ command: command.join(' '), foreseen: before, happened: happened(story, version) })
  }
  await follow('words/v0', 'run', 'pipelines/words.json', '--skip', '16')
  story.api.answer = ({ prompt }) => (/^Rate w[36]:/.test(prompt) ? { refusal: true } : undefined)
  await story.run('run', 'pipelines/words.json')
  story.api.answer = undefined
  await follow('words/v2', 'rerun', 'words', '12', '14')
  await follow('words/v3', 'rerun', 'words', '--failed')
  story.write('inputs/words.json', words(6).with(1, { id: 12, word: 'w2b' }))
  await follow('words/v4', 'rerun', 'words', '--changed')
  story.write('prompts/teach.md', 'Teach {root__word}: {answer}')
  await follow('words/v5', 'rerun', 'words', '13', '--changed')
  expect(seen).toEqual(
    [
      { command: 'run pipelines/words.json --skip 16', steps: counts([5, 0, 1], [5, 0, 0], [5, 0, 0]) },
      { command: 'rerun words 12 14', steps: counts([2, 4, 0], [2, 4, 0], [2, 2, 0]) },
      { command: 'rerun words --failed', steps: counts([0, 6, 0], [2, 4, 0], [2, 4, 0]) },
      { command: 'rerun words --changed', steps: counts([1, 5, 0], [1, 5, 0], [1, 5, 0]) },
      { command: 'rerun words 13 --changed', steps: counts([0, 6, 0], [0, 6, 0], [1, 5, 0]) },
    ].map(({ command, steps }) => ({ command, foreseen: steps, happened: steps })),
  )
})

test('a dry run shows the first prompt as it would be sent', async () => {
  await using story = await Story.begin(wordFiles(3))
  const { out } = await story.run('run', 'pipelines/words.json', '--dry-run')
  const line = '-'.repeat(70)
  expect(out).toBe(`Dry run: nothing is sent and nothing is written.
Would make a version of words (initial).
  Step 1 define (claude-haiku-5-5): 3 items: 3 to ask for, 0 carried over, 0 skipped
Answers: json (answer_format: json).
Likely cost: $0.0005 ($0.0002 to $0.0061).

First prompt (step 1, item 11):
${line}
Define w1.
${line}
`)
})

test('a dry run refuses what the run refuses', async () => {
  await using story = await Story.begin({ ...wordFiles(3, [step1]), 'prompts/define.md': 'Define {wort}.' })
  const dry = await story.run('run', 'pipelines/words.json', '--dry-run')
  const real = await story.run('run', 'pipelines/words.json')
  expect(dry).toEqual(real)
  expect({ code: dry.code, err: dry.err, asked: story.asked(), outputs: story.has('outputs') }).toEqual({
    code: 2,
    err: 'itemwise: prompts/define.md uses {wort}, which items 11, 12, 13 lack. Available: id, word. Did you mean word?\n',
    asked: [],
    outputs: false,
  })
})
