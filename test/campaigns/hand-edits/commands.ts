/** The commands that a person may give after a file was changed, and what must hold after each. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Json, jsonText } from '../../../core/text/json.ts'
import { type Said, say } from './say.ts'
import { arrays, otherTemplate, type Truth } from './truth.ts'

export interface Tried {
  root: string
  /** The file that was changed. */
  path: string
  truth: Truth
  latest: () => string
}

type Outcome = { said: Said; flaws: string[] }

interface ShownStep {
  step: number
  answer: { [field: string]: Json } | string | null
  edited?: object
  prompt: string | null
  prompt_path: string
  prompt_edited?: true
}

/** Refused before anything is begun, or done. */
const builds =
  (line: string, prepare: (tried: Tried) => void = () => {}) =>
  async (tried: Tried): Promise<Outcome> => {
    prepare(tried)
    const said = await say(tried.root, `${line} --offline`)
    const flaws = [0, 2].includes(said.code) ? [] : [`${line} ended with ${said.code}`]
    if (said.code === 2 && !said.told) flaws.push('it was refused for another reason')
    if (said.code === 2 && tried.latest() !== 'v1') flaws.push('latest moved')
    return { said, flaws }
  }

function withSixthWord({ root }: Tried): void {
  const path = join(root, 'inputs/words.json')
  const words = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, jsonText([...words, { id: 16, word: 'w6é' }], 2))
}

export const commands = {
  'rerun 13': builds('rerun words 13'),
  'rerun --changed': builds('rerun words --changed'),
  'rerun all that changed in step 2': builds('rerun words --changed', ({ root }) =>
    writeFileSync(join(root, 'prompts/rate.md'), otherTemplate),
  ),
  more: builds('run pipelines/more.json', withSixthWord),
  next: async (tried) => {
    const said = await say(tried.root, 'run pipelines/next.json --offline')
    if (said.code !== 0) return { said, flaws: said.code === 2 ? [] : [`it ended with ${said.code}`] }
    const rows = JSON.parse(readFileSync(join(tried.root, 'outputs/next/v0/collated/01_next.json'), 'utf8'))
    return { said, flaws: tried.truth.flawsIn('next', rows, said) }
  },
  show: async ({ root, path }) => {
    const said = await say(root, 'show words v1')
    const isOfArray = /collated\/|ledger/.test(path)
    // White space is not told, and a version whose documents cannot be read ends with an error.
    return { said, flaws: said.code === 0 || isOfArray ? [] : [`it ended with ${said.code}`] }
  },
  'show an item': async ({ root, truth }) => {
    const said = await say(root, 'show words v1 12 --json')
    if (said.code !== 0) return { said, flaws: [] }
    const { steps } = JSON.parse(said.out) as { steps: ShownStep[] }
    return { said, flaws: steps.flatMap((step) => shownFlaws(step, truth)) }
  },
  compare: async ({ root }) => {
    const said = await say(root, 'compare words v0 v1 --detail --json')
    if (said.code !== 0) return { said, flaws: [] }
    const { differences, edited, steps } = JSON.parse(said.out)
    const told = edited !== undefined || steps.some((step: { not_compared: unknown }) => step.not_compared !== null)
    return { said, flaws: told || differences.length === 0 ? [] : [`it sees ${differences.length} differences`] }
  },
  'export JSON': async ({ root, truth }) =>
    exported(await say(root, 'export words v1 --step=1 --format=json'), truth, JSON.parse),
  'export JSON Lines': async ({ root, truth }) =>
    exported(await say(root, 'export words v1 --step=1 --format=jsonl'), truth, (text) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ),
  list: async ({ root }) => {
    const said = await say(root, 'list --all')
    return { said, flaws: said.code === 0 ? [] : [`it ended with ${said.code}`] }
  },
  doctor: async ({ root, path }) => {
    const said = await say(root, 'doctor')
    const flaws = [0, 3].includes(said.code) ? [] : [`it ended with ${said.code}`]
    return { said, flaws: existsSync(join(root, `${path}.edited-1`)) ? [...flaws, 'looking changed something'] : flaws }
  },
  'doctor --fix': async ({ root, path, truth }) => {
    const before = existsSync(join(root, path)) ? readFileSync(join(root, path)) : null
    const said = await say(root, 'doctor --fix')
    const flaws = said.code === 0 ? [] : [`it ended with ${said.code}: ${said.out}`]
    for (const { file } of arrays)
      if (!truth.isAsBefore(root, `outputs/words/v1/collated/${file}`))
        flaws.push(`${file} is not as it was: ${said.out}`)
    const isKept = before === null || before.length === 0 || isSomewhere(root, path, before)
    if (!isKept && !path.includes('_ledger')) flaws.push(`what was changed is gone: ${said.out}`)
    const again = await say(root, 'doctor')
    if (again.code !== 0) flaws.push(`it finds more: ${again.out}`)
    const after = await say(root, 'rerun words 13 --offline')
    if (after.code !== 0) flaws.push(`a rerun ended with ${after.code}: ${after.err}`)
    return { said, flaws }
  },
} satisfies Record<string, (tried: Tried) => Promise<Outcome>>

function shownFlaws({ step, answer, edited, prompt, prompt_path, prompt_edited }: ShownStep, truth: Truth): string[] {
  const flaws: string[] = []
  const file = arrays.find((array) => array.step === step)?.file
  // In the second step it is called by its sequential id.
  const isAnswer = file === undefined || ['12', '2'].some((id) => truth.isAnswer(file, id, answer))
  if (edited === undefined && !isAnswer) flaws.push(`step ${step} shows ${jsonText(answer)}`)
  if (prompt !== null && prompt_edited === undefined && prompt !== truth.text(prompt_path))
    flaws.push('it shows another prompt')
  return flaws
}

function exported(said: Said, truth: Truth, parse: (text: string) => { [field: string]: Json }[]): Outcome {
  if (said.code !== 0) return { said, flaws: said.code === 2 ? [] : [`it ended with ${said.code}`] }
  try {
    return { said, flaws: truth.flawsIn('words/01_define.json', parse(said.out), said) }
  } catch (error) {
    return { said, flaws: [`exit code 0 with a broken array: ${error}`] }
  }
}

/** Whether the text that a person wrote is still there, in its place or beside it. */
function isSomewhere(root: string, path: string, text: Buffer): boolean {
  return [path, `${path}.edited-1`, `${path}.broken-1`].some(
    (place) => existsSync(join(root, place)) && readFileSync(join(root, place)).equals(text),
  )
}
