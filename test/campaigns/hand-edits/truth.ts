/** What each item was answered before anything was changed. The stand-in answers the same prompt always alike, so it holds for every later version. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LedgerLine } from '../../../core/documents.ts'
import { type Json, jsonText } from '../../../core/text/json.ts'
import { type Said, say } from './say.ts'

type Row = { [field: string]: Json }

/** Of step 2, for the command that changes it. */
export const otherTemplate = 'Rate {root__word} as JSON, once more: {item}'

export const arrays = [
  { step: 1, file: '01_define.json', id: 'source_id' },
  { step: 2, file: '02_rate.json', id: 'nr' },
]

export class Truth {
  /** By file: what may stand for each id. */
  readonly #answers = new Map<string, Map<string, Set<string>>>()
  /** The files of v1 as they were. */
  readonly #files: string

  constructor(files: string) {
    this.#files = files
  }

  /** Runs what the commands will run, on files that nobody changed. */
  static async of(whole: string, words: object[]): Promise<Truth> {
    const truth = new Truth(whole)
    const root = mkdtempSync(join(tmpdir(), 'itemwise-truth-'))
    try {
      cpSync(whole, root, { recursive: true, verbatimSymlinks: true })
      for (const { file, id } of arrays) truth.#learn(`words/${file}`, rowsIn(root, `words/v1/collated/${file}`), id)
      await say(root, 'run pipelines/next.json --offline')
      truth.#learn('next', rowsIn(root, 'next/v0/collated/01_next.json'), 'nr')
      writeFileSync(join(root, 'inputs/words.json'), jsonText([...words, { id: 16, word: 'w6é' }], 2))
      await say(root, 'run pipelines/more.json --offline')
      for (const { file, id } of arrays) truth.#learn(`words/${file}`, rowsIn(root, `words/v2/collated/${file}`), id)
      writeFileSync(join(root, 'prompts/rate.md'), otherTemplate)
      await say(root, 'rerun words --changed --offline')
      for (const { file, id } of arrays) truth.#learn(`words/${file}`, rowsIn(root, `words/v3/collated/${file}`), id)
    } finally {
      rmSync(root, { recursive: true })
    }
    return truth
  }

  #learn(name: string, rows: Row[], id: string): void {
    const known = this.#answers.get(name) ?? new Map<string, Set<string>>()
    for (const row of rows) known.set(String(row[id]), new Set([...(known.get(String(row[id])) ?? []), jsonText(row)]))
    this.#answers.set(name, known)
  }

  /** What is wrong with the rows of one array, which may differ where that was told. */
  flawsIn(name: string, rows: Row[], said: Pick<Said, 'told'>): string[] {
    if (said.told) return []
    const id = name === 'next' ? 'nr' : (arrays.find(({ file }) => name.endsWith(file))?.id ?? 'nr')
    const known = this.#answers.get(name)
    return rows.flatMap((row) =>
      known?.get(String(row[id]))?.has(jsonText(row)) ? [] : [`${name} has another answer for ${row[id]}`],
    )
  }

  /** What is wrong with a version that was made after a change: its arrays are whole, and hold what each item was answered. */
  flawsOf(root: string, version: string, { told: _ }: Said): string[] {
    return arrays.flatMap(({ step, file }) => {
      const path = `${version}/collated/${file}`
      if (!existsSync(join(root, 'outputs', path))) return [`${path} is missing`]
      const rows = rowsIn(root, path)
      const few = rows.length < 5 ? [`${path} has ${rows.length} answers`] : []
      const lines = readFileSync(join(root, 'outputs', version, `0${step}_ledger.jsonl`), 'utf8')
        .trim()
        .split('\n')
      const failed = lines.filter((line) => (JSON.parse(line) as LedgerLine).state !== 'answered')
      return [
        ...few,
        ...failed.map((line) => `${path}: ${line}`),
        ...this.flawsIn(`words/${file}`, rows, { told: false }),
      ]
    })
  }

  /** Whether a file of v1 is as it was. */
  isAsBefore(root: string, path: string): boolean {
    const now = join(root, path)
    return existsSync(now) && readFileSync(now).equals(readFileSync(join(this.#files, path)))
  }

  isAnswer(file: string, id: string, answer: Json): boolean {
    return this.#answers.get(`words/${file}`)?.get(id)?.has(jsonText(answer)) === true
  }

  text(path: string): string {
    return readFileSync(join(this.#files, path), 'utf8')
  }
}

function rowsIn(root: string, path: string): Row[] {
  return JSON.parse(readFileSync(join(root, 'outputs', path), 'utf8'))
}
