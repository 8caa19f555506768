/**
 * Changes one file of a version as an editor, a script or a bad disk would, then runs one command on it: no answer may stand under
 * another id, no array may be broken after exit code 0, and nothing may be built on what was changed without being said.
 * `npx node test/campaigns/hand-edits.ts --seed 7 --long`
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { jsonText } from '../../core/text/json.ts'
import { type Begun, type Campaign, command } from './campaign.ts'
import { type Change, changes } from './hand-edits/changes.ts'
import { commands, type Tried } from './hand-edits/commands.ts'
import { type Said, say } from './hand-edits/say.ts'
import { Truth } from './hand-edits/truth.ts'

export interface HandEditsReport {
  /** Changes that were made, each followed by a command. */
  edits: number
  /** Commands after which files or messages said that something was changed. */
  told: number
  flaws: string[]
}

const words = Array.from({ length: 5 }, (_, at) => ({ id: 11 + at, word: `w${at + 1}é` }))
const steps = [
  { prompt_name: 'define', input_file: 'inputs/words.json', batch_output_id_field: 'nr' },
  { prompt_name: 'rate' },
  { prompt_name: 'sum', batch_mode: false, output_file: 'sum.md' },
]
const files: Record<string, unknown> = {
  'inputs/words.json': words,
  'prompts/define.md': 'Define {word} as JSON.',
  'prompts/rate.md': 'Rate {root__word} as JSON: {item}',
  'prompts/sum.md': 'Sum up: {input}',
  'prompts/next.md': 'Go on with {item}, as JSON.',
  'pipelines/words.json': { pipeline_name: 'words', steps },
  'pipelines/more.json': {
    pipeline_name: 'words',
    steps: steps.map((step, at) => (at === 0 ? { ...step, batch_skip_existing: true } : step)),
  },
  'pipelines/next.json': {
    pipeline_name: 'next',
    steps: [{ prompt_name: 'next', input_file: 'outputs/words/latest/collated/02_rate.json', batch_id_field: 'nr' }],
  },
}

/** A version v0 of five words, and v1, a rerun of two of them: some answers are its own, the others carried over. */
async function begin(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'itemwise-hand-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : jsonText(content, 2))
  }
  for (const line of ['run pipelines/words.json', 'rerun words 12 14']) {
    const { code, err } = await say(root, `${line} --offline`)
    if (code !== 0) throw new Error(err)
  }
  return root
}

/** The files of v1 that the property is about, in the order of their names. */
function changeable(root: string): string[] {
  const folder = join(root, 'outputs/words/v1')
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => /^(collated|items|prompts)\/|_ledger\.jsonl$/.test(path))
    .sort()
}

interface Edit {
  file: number
  change: Change
  command: keyof typeof commands
}

export const handEdits: Campaign<HandEditsReport> = {
  async run({ seed, long }: Begun): Promise<HandEditsReport> {
    const whole = await begin()
    const report: HandEditsReport = { edits: 0, told: 0, flaws: [] }
    try {
      const truth = await Truth.of(whole, words)
      const paths = changeable(whole)
      const edit: fc.Arbitrary<Edit> = fc.record({
        file: fc.nat(paths.length - 1),
        change: changes,
        command: fc.constantFrom(...(Object.keys(commands) as (keyof typeof commands)[])),
      })
      const property = fc.asyncProperty(edit, async ({ file, change, command }) => {
        const path = `outputs/words/v1/${paths[file]}`
        const tried = await tryOn(whole, { path, change, command, truth })
        if (tried === null) return
        report.edits += 1
        if (tried.said.told) report.told += 1
        if (tried.flaws.length > 0) throw new Error(`${path}: ${tried.flaws.join('; ')}\n${tried.said.err}`)
      })
      const result = await fc.check(property, { seed, numRuns: long ? 3000 : Number(process.env.ITEMWISE_EDITS ?? 40) })
      if (result.failed) report.flaws.push(`${JSON.stringify(result.counterexample)} ${result.errorInstance ?? ''}`)
    } finally {
      rmSync(whole, { recursive: true })
    }
    return report
  },
  closing: ({ edits, told }) => `${edits} edited files with a command each, ${told} of them told`,
}

/** Null where the change changes nothing. */
async function tryOn(
  whole: string,
  { path, change, command, truth }: Omit<Edit, 'file'> & { path: string; truth: Truth },
): Promise<{ said: Said; flaws: string[] } | null> {
  const root = mkdtempSync(join(tmpdir(), 'itemwise-hand-'))
  try {
    cpSync(whole, root, { recursive: true, verbatimSymlinks: true })
    const before = readFileSync(join(root, path))
    const after = change.apply(before)
    if (after === null) rmSync(join(root, path))
    else if (after.equals(before)) return null
    else writeFileSync(join(root, path), after)
    const tried: Tried = { root, path, truth, latest: () => readlinkSync(join(root, 'outputs/words/latest')) }
    const { said, flaws } = await commands[command](tried)
    const versions = readdirSync(join(root, 'outputs/words')).filter((name) => /^v\d+$/.test(name))
    if (versions.length > 2) flaws.push(...truth.flawsOf(root, 'words/v2', said))
    if (existsSync(join(root, 'outputs/words/v2')) && tried.latest() !== 'v2') flaws.push('a version was begun in vain')
    return { said, flaws }
  } finally {
    rmSync(root, { recursive: true })
  }
}

if (import.meta.main) await command(handEdits)
