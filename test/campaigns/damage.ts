/**
 * Damages the files of versions in every way with a name, and (long) at random, lets the doctor mend them, and says what it did not find,
 * did not mend or lost. `npx node test/campaigns/damage.ts --seed 7 --long`
 */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Story } from '../stories/story.ts'
import { step1, step2, wordFiles } from '../stories/words.ts'
import { type Begun, between, type Campaign, command, pick, type Random } from './campaign.ts'
import { examine, findingLines } from './examine.ts'
import { packedKeep } from './words-run.ts'

export interface DamageReport {
  /** Kinds of damage with a name (the short form takes a third of them by the seed), and those made at random. */
  named: number
  random: number
  found: number
  flaws: string[]
}

const arrays = ['v0', 'v1', 'v2', 'v3'].flatMap((version) => [
  `${version}/collated/01_define.json`,
  `${version}/collated/02_rate.json`,
])

type Damage = (file: (path: string) => string) => void

const cut: (path: string, share?: number) => Damage =
  (path, share = 0.5) =>
  (file) =>
    truncateSync(file(path), Math.floor(statSync(file(path)).size * share))
const empty: (path: string) => Damage = (path) => (file) => truncateSync(file(path), 0)
const remove: (path: string) => Damage = (path) => (file) => rmSync(file(path), { recursive: true })
const append: (path: string, text: string) => Damage = (path, text) => (file) => appendFileSync(file(path), text)
const change: (path: string, edit: (text: string) => string) => Damage = (path, edit) => (file) =>
  writeFileSync(file(path), edit(readFileSync(file(path), 'utf8')))
const withoutLine = (text: string, nth: number) => text.split('\n').toSpliced(nth, 1).join('\n')
const brokenLine = (text: string, nth: number) => text.split('\n').with(nth, '\0\0\0\0').join('\n')

/** v0 is a whole run, v1 a rerun of two items on it; v2 is a run and v3 a rerun on v1 that a bad key ended in their second step. */
const damages: Record<string, Damage> = {
  'a record cut in half': cut('v0/metadata.json'),
  'an empty record': empty('v1/metadata.json'),
  'a record that is gone': remove('v1/metadata.json'),
  'the record of an unfinished version cut in half': cut('v2/metadata.json'),
  'a record with an unknown status': change('v0/metadata.json', (text) => text.replace('"completed"', '"done"')),
  'a ledger whose last line is torn': (file) =>
    truncateSync(file('v0/01_ledger.jsonl'), statSync(file('v0/01_ledger.jsonl')).size - 40),
  'a ledger without its last line': change('v0/02_ledger.jsonl', (text) => withoutLine(text, -2)),
  'a ledger without a line in the middle': change('v1/01_ledger.jsonl', (text) => withoutLine(text, 5)),
  'a ledger with a line of zeros': change('v1/02_ledger.jsonl', (text) => brokenLine(text, 4)),
  'a ledger cut in half': cut('v1/01_ledger.jsonl'),
  'an empty ledger': empty('v0/02_ledger.jsonl'),
  'a ledger that is gone': remove('v0/01_ledger.jsonl'),
  'the ledger of a rerun that is gone': remove('v1/02_ledger.jsonl'),
  'the ledger of an unfinished version cut in half': cut('v2/01_ledger.jsonl'),
  'an array cut in half': cut('v0/collated/01_define.json'),
  'an array that was edited, and a rerun that stands on it': (file) => {
    change('v1/collated/02_rate.json', (text) => JSON.stringify(JSON.parse(text)))(file)
  },
  'an array cut off by a byte': (file) =>
    truncateSync(file('v1/collated/01_define.json'), statSync(file('v1/collated/01_define.json')).size - 1),
  'an empty array file': empty('v1/collated/02_rate.json'),
  'an array that is gone': remove('v0/collated/02_rate.json'),
  'the array of an unfinished version that is gone': remove('v2/collated/01_define.json'),
  'an empty answer file': empty('v0/items/14/01_output.json'),
  'an answer file cut in half': cut('v0/items/15/02_output.json'),
  'an item folder that is gone': remove('v0/items/16'),
  'all item folders gone': remove('v0/items'),
  'an item folder of an unfinished version that is gone': remove('v2/items/17'),
  'a list of errors that is gone': remove('v0/01_errors.json'),
  'a list of errors cut in half': cut('v0/01_errors.json'),
  'a carried list of errors that is gone': remove('v1/01_errors.json'),
  'latest leads to a version that is gone': (file) => {
    rmSync(file('latest'))
    symlinkSync('v9', file('latest'))
  },
  'latest is gone': remove('latest'),
  'latest stayed behind': (file) => {
    rmSync(file('latest'))
    symlinkSync('v0', file('latest'))
  },
  'a lock of a process that is gone': (file) => {
    writeFileSync(file('v2/work/lock-000003.json'), lock())
    utimesSync(file('v2/work/lock-000003.json'), 0, 0)
  },
  'half-made files': (file) => {
    writeFileSync(file('v0/.new-0123456789abcdef'), '{"vers')
    writeFileSync(file('v0/collated/.new-0123456789abcdef'), '[')
  },
  'a half-made answer': append('v2/work/.new-17_01_output.json', '{"half'),
  'a half-made answer where they were once': append('v2/items/.new-17_01_output.json', '{"half'),
  'a run that was killed': change('v2/metadata.json', (text) => text.replace('"failed"', '"running"')),
  'a torn last line in a journal': append('v2/work/02_journal.jsonl', '{"kept":{"line":{"item_index":9'),
  'a line of zeros in a journal': change('v2/work/01_journal.jsonl', (text) => brokenLine(text, 3)),
  'a journal that is gone': remove('v2/work/01_journal.jsonl'),
  'a plan cut in half': cut('v2/work/01.jsonl'),
  'the work of an unfinished version that is gone': remove('v2/work'),
  'a completed version whose clearing up was killed': (file) => {
    cpSync(file('v2/work'), file('v0/work'), { recursive: true })
    for (const name of ['01.jsonl', '02.jsonl']) rmSync(file(`v0/work/${name}`))
  },
}

const pack = (place: string, step: number) => `${place}/0${step}_0000001-0001000.jsonl.zst`
/** Zeros in the middle. */
const holed: (path: string) => Damage = (path) => (file) => {
  const bytes = readFileSync(file(path))
  const middle = Math.floor(bytes.length / 2)
  writeFileSync(file(path), bytes.fill(0, middle, middle + 20))
}

/** The same versions with packs in the place of files. */
const damagesOfPacked: Record<string, Damage> = {
  'a pack of answers that is gone': remove(pack('v0/items', 1)),
  'an empty pack of answers': empty(pack('v0/items', 2)),
  'a pack of answers cut in half': cut(pack('v1/items', 1)),
  'a pack of answers with zeros in it': holed(pack('v0/items', 1)),
  'a pack of answers without its checksum': (file) => {
    const path = file(pack('v1/items', 2))
    truncateSync(path, statSync(path).size - 4)
  },
  'all packs of answers gone': remove('v0/items'),
  'a pack of an unfinished version that is gone': remove(pack('v2/items', 1)),
  'a pack of an unfinished version with zeros in it': holed(pack('v3/items', 1)),
  'a pack of prompts that is gone': remove(pack('v0/prompts', 1)),
  'a pack of prompts cut in half': cut(pack('v0/prompts', 2)),
  'a pack of prompts with zeros in it': holed(pack('v1/prompts', 1)),
  'a pack of prompts of an unfinished version that is empty': empty(pack('v2/prompts', 1)),
  'an array and its pack that are gone': (file) => {
    remove('v1/collated/01_define.json')(file)
    holed(pack('v1/items', 1))(file)
  },
  'an array that only packs have': remove('v0/collated/01_define.json'),
  'a ledger and an array that are gone, and packs that are there': (file) => {
    remove('v0/collated/02_rate.json')(file)
    remove('v0/02_ledger.jsonl')(file)
  },
}

/** A process of another machine. */
function lock(): string {
  const writer = { host: 'another', process_space: null, pid: 1, process_start: null, inherited_seconds: 0 }
  return `${JSON.stringify({ ...writer, started: '2026-01-01T00:00:00.000Z' })}\n`
}

export const damage: Campaign<DamageReport> = {
  async run({ random, long }: Begun): Promise<DamageReport> {
    const report: DamageReport = { named: 0, random: 0, found: 0, flaws: [] }
    const turn = Math.floor(random() * 3)
    for (const packed of [false, true]) {
      await using ward = await Ward.begin({ packed })
      // What does not touch a single item's file was tried already.
      const all = Object.entries(packed ? damagesOfPacked : damages)
      for (const [name, harm] of all.filter((_, at) => long || at % 3 === turn)) {
        report.named += 1
        await ward.treat(report, { name, harms: [harm], random })
      }
      for (let nth = 0; nth < (long ? 250 : 3); nth++) {
        report.random += 1
        const harms = Array.from({ length: between(1, 3, random) }, () => ward.anyHarm(random))
        const name = harms.map((harm) => harm.name).join(' and ')
        await ward.treat(report, { name: packed ? `packed: ${name}` : name, harms, random })
      }
    }
    return report
  },
  closing: ({ named, random, found }) =>
    `${named} kinds of damage with a name and ${random} made at random, ${found} things found and mended`,
}

interface Case {
  name: string
  harms: Damage[]
  random: Random
}

/** Versions that are whole, copied for each damage. */
class Ward implements AsyncDisposable {
  readonly #story: Story
  readonly #files: string[]
  readonly #answers: Map<string, string>
  /** All files before the damage, without line ends. */
  readonly #whole: string

  constructor(story: Story) {
    this.#story = story
    const names = readdirSync(join(story.root, 'outputs/words'), { recursive: true, withFileTypes: true })
    this.#files = names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(story.root, 'outputs/words/').length))
      .filter(
        (path) =>
          !/^latest|run\.json$|templates\/|prompts\/.*\.md$|_batches\.json$|logs\.jsonl$|_reply\.txt$/.test(path),
      )
      .sort()
    this.#answers = answersIn(story.root)
    this.#whole = snapshot(story.root).replaceAll(/\n+/g, '')
  }

  static async begin({ packed }: { packed: boolean }): Promise<Ward> {
    const files = wordFiles(7, [step1, step2])
    const story = await Story.begin({ ...files, ...(packed && { 'itemwise.yaml': packedKeep }) })
    story.api.answer = ({ prompt }) => (prompt === 'Define w3.' ? { refusal: true } : undefined)
    const steps = [await story.run('run', 'pipelines/words.json'), await story.run('rerun', 'words', '14', '15')]
    story.api.answer = ({ prompt }) => (/^Rate w[567]\b/.test(prompt) ? { status: 401 } : undefined)
    steps.push(await story.run('run', 'pipelines/words.json', '--concurrency', '1'))
    steps.push(await story.run('rerun', 'words', '12', '17', '--base', 'v1', '--concurrency', '1'))
    if (steps.map(({ code }) => code).join() !== '3,3,1,1') throw new Error(steps.map(({ err }) => err).join())
    const before = await examine(story.root, { fix: false })
    if (before.code !== 0) throw new Error(`The doctor finds damage where none is: ${findingLines(before)}`)
    return new Ward(story)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#story[Symbol.asyncDispose]()
  }

  /** Damage to any file that can be mended, named after what it does. */
  anyHarm(random: Random): Damage {
    const path = pick(this.#files, random)
    const share = random()
    const stretch = (file: (path: string) => string) => {
      const bytes = readFileSync(file(path))
      const from = Math.floor(share * bytes.length)
      writeFileSync(file(path), bytes.fill(0, from, Math.min(from + 40, bytes.length)))
    }
    // A plan or an index that is gone is no damage: both are made again from what they were made from.
    const isDerived = /work\/\d+\.jsonl$|\.index\//.test(path)
    const [verb, harm] = pick<[string, Damage]>(
      [
        isDerived ? ['empty', empty(path)] : ['gone', remove(path)],
        ['empty', empty(path)],
        [`cut at ${share.toFixed(3)}`, cut(path, share)],
        [`with zeros at ${share.toFixed(3)}`, stretch],
      ],
      random,
    )
    return Object.defineProperty(whereItIs(path, harm), 'name', { value: `${path} ${verb}` })
  }

  async treat(report: DamageReport, { name, harms }: Case): Promise<void> {
    const root = mkdtempSync(join(tmpdir(), 'itemwise-damage-'))
    try {
      cpSync(this.#story.root, root, { recursive: true, verbatimSymlinks: true })
      for (const harm of harms) harm((path) => join(root, 'outputs/words', path))
      const flaws = await this.#mended(report, { root, single: harms.length === 1 })
      report.flaws.push(...flaws.map((flaw) => `${name}: ${flaw}`))
    } finally {
      rmSync(root, { recursive: true })
    }
  }

  async #mended(report: DamageReport, { root, single }: { root: string; single: boolean }): Promise<string[]> {
    const flaws: string[] = []
    const before = snapshot(root)
    const looked = await examine(root, { fix: false })
    if (snapshot(root) !== before) flaws.push('looking changed something')
    // Without its last newline a file says the same.
    if (looked.code !== 3 && before.replaceAll(/\n+/g, '') !== this.#whole) flaws.push('it was not found')
    const mended = await examine(root, { fix: true })
    if (mended.code !== 0) flaws.push(`it was not mended: ${findingLines(mended)}`)
    report.found += mended.findings.length
    const again = await examine(root, { fix: false })
    if (again.code !== 0) flaws.push(`still found: ${findingLines(again)}`)
    if (single) flaws.push(...this.#lost(root))
    return flaws
  }

  /** Answers that stood in an array and do not any more. */
  #lost(root: string): string[] {
    const after = answersIn(root)
    return [...this.#answers].flatMap(([path, text]) => (after.get(path) === text ? [] : [`${path} is another array`]))
  }
}

/** An earlier damage of the same case may have removed the file or its folder. */
function whereItIs(path: string, harm: Damage): Damage {
  return (file) => {
    if (existsSync(file(path))) harm(file)
  }
}

function answersIn(root: string): Map<string, string> {
  const paths = arrays.filter((path) => existsSync(join(root, 'outputs/words', path)))
  return new Map(paths.map((path) => [path, readFileSync(join(root, 'outputs/words', path), 'utf8')]))
}

/** All files with their content. */
function snapshot(root: string): string {
  const entries = readdirSync(join(root, 'outputs'), { recursive: true, withFileTypes: true })
  const own = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('/latest'))
  const files = own.map((entry) => join(entry.parentPath, entry.name))
  return files
    .sort()
    .map((file) => `${file.slice(root.length)}\n${readFileSync(file, 'latin1')}`)
    .join('\n')
}

if (import.meta.main) await command(damage)
