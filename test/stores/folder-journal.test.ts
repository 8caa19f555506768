/** A journal that was damaged, removed or replaced, and texts that are large. */
import { appendFileSync, closeSync, existsSync, openSync } from 'node:fs'
import { appendFile, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { entryAt, Journal } from '../../stores/folder/journal.ts'
import { FolderLeftovers } from '../../stores/folder/leftovers.ts'
import { FolderStore } from '../../stores/folder.ts'
import { type JournalEntry, journalLine, parseEntry } from '../../stores/journal-entries.ts'
import { answered, failed, lineOf, newVersion, spentReply } from './samples.ts'
import { found, keep } from './store-contract.ts'

let root: string
let store: FolderStore
const v0 = { pipeline: 'poems', version: 'v0' }
const work = (name: string) => join(root, 'outputs/poems/v0/work', name)
const journal = () => work('01_journal.jsonl')

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'itemwise-journal-'))
  store = new FolderStore(root)
  await store.createVersion('poems', (version) => newVersion(version))
})
afterEach(() => rm(root, { recursive: true }))

const noEntries = [
  'null',
  '5',
  '"kept"',
  '[]',
  '{}',
  '{"kept":null}',
  '{"spent":null}',
  '{"kept":{}}',
  '{"kept":{"line":null,"answer":null,"reply":null}}',
  `{"kept":{"line":${JSON.stringify(lineOf(1))}}}`,
  `{"kept":{"line":${JSON.stringify({ ...lineOf(1), item_index: '1' })},"answer":"1","reply":null}}`,
  `{"kept":{"line":${JSON.stringify(lineOf(1))},"answer":{"n":1},"reply":null}}`,
  `{"spent":{"item_index":1}}`,
  '\0\0\0',
  '',
]

test.for(noEntries)('%j is no entry of a journal', (line) => {
  expect(parseEntry(line)).toBeUndefined()
})

test('every entry that is written is one', () => {
  for (const entry of [{ kept: answered(1) }, { kept: failed(2), prompt: 'p' }, { spent: spentReply(1) }])
    expect(parseEntry(journalLine(entry))).toEqual(entry)
})

test('lines that are no entries are passed over, and the doctor takes them out', async () => {
  await keep(store, v0, [answered(1)])
  await appendFile(
    journal(),
    `${noEntries.filter((line) => line !== '').join('\n')}\n${journalLine({ kept: answered(2) })}`,
  )
  const fresh = new FolderStore(root)
  expect([await found(fresh, v0, 1), await found(fresh, v0, 2)]).toMatchObject([
    { kept: answered(1) },
    { kept: answered(2) },
  ])
  const leftovers = new FolderLeftovers(root, fresh)
  const findings = await leftovers.ofVersion(v0)
  expect(findings.map((finding) => finding.found)).toEqual([
    `The journal has ${noEntries.length - 1} lines that cannot be read.`,
  ])
  await findings[0]?.mend?.()
  expect(await readFile(journal(), 'utf8')).toBe(
    journalLine({ kept: answered(1) }) + journalLine({ kept: answered(2) }),
  )
})

test('a line longer than any text can be is passed over, and the doctor takes it out', {
  timeout: 60_000,
}, async () => {
  await keep(store, v0, [answered(1)])
  // 600 MB of zeros, as a disk that lost power leaves them; they take no room.
  await truncate(journal(), (await stat(journal())).size + 600 * 1024 * 1024)
  await appendFile(journal(), `\n${journalLine({ kept: answered(2) })}`)
  const fresh = new FolderStore(root)
  expect([await found(fresh, v0, 1), await found(fresh, v0, 2)]).toMatchObject([
    { kept: answered(1) },
    { kept: answered(2) },
  ])
  const [finding, ...others] = await new FolderLeftovers(root, fresh).ofVersion(v0)
  expect([finding?.found, others]).toEqual(['The journal has a line that cannot be read.', []])
})

test('the doctor takes out what is no change of the spend account', async () => {
  await writeFile(work('purse.jsonl'), '{"limit_usd":1,"spent_usd":0}\n5\n{"reserved_usd":0.5}\n')
  const [finding, ...others] = await new FolderLeftovers(root, store).ofVersion(v0)
  expect([finding?.found, others]).toEqual(['The spend account has a line that cannot be read.', []])
  await finding?.mend?.()
  expect(await readFile(work('purse.jsonl'), 'utf8')).toBe('{"limit_usd":1,"spent_usd":0}\n{"reserved_usd":0.5}\n')
})

test('a journal that is removed while it is written is whole again when the step is closed', async () => {
  const keeper = await store.keeper(v0, 1)
  await keeper.keepPrompt('4001', 'Write a poem.')
  await keeper.keep(answered(1))
  await rm(journal())
  await keeper.keep(answered(2))
  await keeper.close()
  const another = new FolderStore(root)
  expect([await found(another, v0, 1), await found(another, v0, 2)]).toMatchObject([
    { kept: answered(1) },
    { kept: answered(2) },
  ])
  expect(await Array.fromAsync(another.logs(v0))).toMatchObject([
    {
      level: 'warning',
      message:
        'outputs/poems/v0/work/01_journal.jsonl was removed or replaced while it was written. It is written again; no answer is lost.',
      step: 1,
    },
  ])
})

test('a second later it is whole again while the step goes on', async () => {
  let now = Date.now()
  const slow = new FolderStore(root, { now: () => now })
  const keeper = await slow.keeper(v0, 1)
  await keeper.keep(answered(1))
  await rm(journal())
  now += 1000
  await keeper.keep(answered(2))
  await expect.poll(() => existsSync(journal())).toBe(true)
  await keeper.keep(answered(3))
  const another = new FolderStore(root)
  for (const nr of [1, 2, 3]) expect(await found(another, v0, nr)).toMatchObject({ kept: answered(nr) })
  await keeper.close()
})

test('what was put in its place is kept beside it', async () => {
  const keeper = await store.keeper(v0, 1)
  await keeper.keep(answered(1))
  await writeFile(work('copy'), 'mine')
  await rename(work('copy'), journal())
  await keeper.close()
  expect(await readFile(journal(), 'utf8')).toBe(journalLine({ kept: answered(1) }))
  expect(await readFile(`${journal()}.replaced`, 'utf8')).toBe('mine')
})

test('a journal is known to be lost by the answers that lie in items/', async () => {
  expect(await store.lostJournal(v0, 1)).toBe(false)
  await keep(store, v0, [answered(1)])
  expect([await store.lostJournal(v0, 1), await store.lostJournal(v0, 2)]).toEqual([false, false])
  await rm(journal())
  expect([await store.lostJournal(v0, 1), await store.lostJournal(v0, 2)]).toEqual([true, false])
})

test.for([
  [64, 3_500_000],
  [600, 400_000],
] as const)('%i prompts of %i characters at once are kept whole', { timeout: 60_000 }, async ([count, size]) => {
  const keeper = await store.keeper(v0, 1)
  // The thread begins after some hundred writes.
  for (let at = 1; at <= 210; at++) await keeper.keepPrompt(`s${at}`, 'small')
  const text = 'ä'.repeat(size)
  await Promise.all(Array.from({ length: count }, (_, at) => keeper.keepPrompt(`b${at}`, text)))
  await keeper.close()
  const sizes = await Promise.all(
    Array.from({ length: count }, (_, at) => stat(join(root, `outputs/poems/v0/prompts/01_prompt_b${at}.md`))),
  )
  expect(new Set(sizes.map((file) => file.size))).toEqual(new Set([2 * size]))
})

test('what was just written need not be read again, unless another process wrote in between', async () => {
  await appendFile(journal(), '')
  const known = new Journal(journal())
  const file = openSync(journal(), 'a+')
  const append = (...entries: JournalEntry[]) => {
    const text = entries.map(journalLine).join('')
    appendFileSync(file, text)
    return { file, bytes: Buffer.byteLength(journalLine(entries.at(-1)!)) }
  }
  const own: JournalEntry = { kept: answered(1, '"é"') }
  known.noteAppended(own, append(own))
  const at = known.items.get(1)!
  expect(entryAt(file, at)).toEqual(own)
  const next: JournalEntry = { kept: answered(3) }
  known.noteAppended(next, append({ kept: answered(2) }, next))
  expect([known.items.get(2), known.items.get(3)]).toEqual([undefined, undefined])
  await known.catchUp()
  expect([2, 3].map((index) => entryAt(file, known.items.get(index)!))).toEqual([{ kept: answered(2) }, next])
  closeSync(file)
})
