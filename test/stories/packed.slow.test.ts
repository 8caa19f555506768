/** What is packed is read as if it were files, by every command. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { eachItsFile, stepFiles } from '../../core/store.ts'
import { sha256 } from '../../core/text/ids.ts'
import { findItem } from '../../core/versions/find-item.ts'
import type { PackedItem, PackedPrompt } from '../../core/versions/packs.ts'
import { FolderStore } from '../../stores/folder.ts'
import { packedKeep } from '../campaigns/words-run.ts'
import { HalfPriceStory } from './half-price-story.ts'
import { ofLines, Story } from './story.ts'
import { numbers, prompts, step1, step2, wordFiles } from './words.ts'

const steps = [step1, step2]
const run = ['run', 'pipelines/words.json'] as const

/** A story whose third word always fails. */
async function begun(settings: string, { items = 5, request = {} }: { items?: number; request?: object } = {}) {
  const story = await Story.begin({ ...wordFiles(items, steps, request), 'itemwise.yaml': settings })
  story.api.answer = ({ prompt }) => (prompt.startsWith('Define w3.') ? 'I would rather not.' : undefined)
  return story
}

function filesOf(story: Story, version = 'v0'): string[] {
  const folder = join(story.root, 'outputs/words', version)
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
}

function pack<Entry>(story: Story, path: string): Entry[] {
  return ofLines(zstdDecompressSync(readFileSync(join(story.root, 'outputs/words', path))).toString())
}

test('packs have what the files have, and the rest of the version is the same', async () => {
  await using files = await begun('')
  await using packed = await begun(packedKeep)
  for (const story of [files, packed]) {
    expect((await story.run(...run)).code).toBe(3)
    expect((await story.run('rerun', 'words', '12')).code).toBe(3)
  }
  for (const version of ['v0', 'v1']) {
    const single = filesOf(files, version).filter((path) => /^(items|prompts)\//.test(path))
    const unpacked = filesOf(packed, version)
      .filter((path) => path.endsWith('.jsonl.zst'))
      .flatMap((path) => {
        const step = path.split('/')[1]!.slice(0, 2)
        return pack<PackedItem & PackedPrompt>(packed, `${version}/${path}`).flatMap(
          ({ segment, answer = null, reply = null, prompt = null }) => [
            ...(answer === null ? [] : [[`items/${segment}/${step}_output.json`, `${answer}\n`]]),
            ...(reply === null ? [] : [[`items/${segment}/${step}_reply.txt`, reply]]),
            ...(prompt === null ? [] : [[`prompts/${step}_prompt_${segment}.md`, prompt]]),
          ],
        )
      })
    const text = (path: string) => files.read(`outputs/words/${version}/${path}`)
    expect(Object.fromEntries(unpacked)).toEqual(Object.fromEntries(single.map((path) => [path, text(path)])))
    const others = filesOf(packed, version).filter(
      (path) => !/^(items|prompts|\.index)\/|run\.json|metadata/.test(path),
    )
    expect(others.sort()).toEqual(
      filesOf(files, version)
        .filter((path) => !/^(items|prompts|\.index)\/|run\.json|metadata/.test(path))
        .sort(),
    )
    for (const path of others.filter((one) => !one.includes('ledger')))
      expect(packed.read(`outputs/words/${version}/${path}`)).toBe(text(path))
  }
})

test('show, compare, export and the doctor say the same of packs as of files', async () => {
  await using files = await begun('')
  await using packed = await begun(packedKeep)
  for (const story of [files, packed]) {
    await story.run(...run)
    await story.run('rerun', 'words', '12')
  }
  for (const words of [
    ['show', 'words', 'v0', '12'],
    ['show', 'words', 'v0', '13'],
    ['show', 'words', 'v1', '14'],
    ['compare', 'words', 'v0', 'v1', '--detail'],
    ['export', 'words', 'v1'],
    ['doctor'],
  ]) {
    const [a, b] = [await files.run(...words), await packed.run(...words)]
    const same = (text: string) => text.replaceAll(/[-+]?\d+\.\d+s|20\d\d-\S+|req_\S+/g, '')
    expect({ words, code: b.code, out: same(b.out) }).toEqual({ words, code: a.code, out: same(a.out) })
  }
})

test('a request overrules itemwise.yaml, and a rerun keeps what its base does', async () => {
  await using story = await begun(packedKeep, { request: { keep: { prompts: 'files' } } })
  await story.run(...run)
  expect(filesOf(story).filter((path) => /^(items|prompts)\//.test(path) && path.includes('01_'))).toEqual(
    expect.arrayContaining(['items/01_0000001-0001000.jsonl.zst', 'prompts/01_prompt_12.md']),
  )
  story.write('itemwise.yaml', '')
  await story.run('rerun', 'words', '12')
  expect(filesOf(story, 'v1')).toContain('items/01_0000001-0001000.jsonl.zst')
  expect(story.runDocument('words/v1').steps[0]?.keep).toEqual({ prompts: 'files', items: 'packed' })
})

test('a run that failed half-way is shown, resumed from its journal, and asks for nothing again', async () => {
  await using story = await begun(packedKeep)
  story.api.answer = ({ prompt }) => (/^Rate w[45]/.test(prompt) ? { status: 401 } : undefined)
  expect((await story.run(...run, '--concurrency', '1')).code).toBe(1)
  expect((await story.run('show', 'words', 'v0', '12')).out).toContain('Define w2.')
  story.asked()
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.asked().sort()).toEqual(prompts('Rate', ...numbers(5, 4)))
  expect(pack<PackedItem>(story, 'v0/items/02_0000001-0001000.jsonl.zst')).toHaveLength(5)
  expect((await story.run('doctor')).code).toBe(0)
})

test('an unfinished version is continued as it was begun, whatever itemwise.yaml says now', async () => {
  await using story = await begun('')
  story.write('pipelines/words.json', {
    pipeline_name: 'words',
    steps: steps.map((step) => ({ ...step, batch_skip_existing: true })),
  })
  story.api.answer = ({ prompt }) => (/^Rate w[45]/.test(prompt) ? { status: 401 } : undefined)
  await story.run(...run, '--concurrency', '1')
  story.asked()
  story.api.answer = undefined
  story.write('itemwise.yaml', packedKeep)
  expect((await story.run(...run, '--concurrency', '1')).code).toBe(0)
  expect({ asked: story.asked().sort(), versions: story.names('outputs/words') }).toEqual({
    asked: prompts('Rate', ...numbers(5, 4)),
    versions: ['latest', 'v0'],
  })
  expect(filesOf(story).filter((path) => path.endsWith('.zst'))).toEqual([])
  expect((await story.run('doctor')).code).toBe(0)
})

test('a run whose journal is gone has it again from the array and the packs, prompts too', async () => {
  await using story = await begun(packedKeep)
  story.api.answer = ({ prompt }) => (/^Rate w[45]/.test(prompt) ? { status: 401 } : undefined)
  await story.run(...run, '--concurrency', '1')
  rmSync(join(story.root, 'outputs/words/v0/work/01_journal.jsonl'))
  expect((await story.run('doctor', '--fix')).out).toContain('Kept again: 5 answers.')
  story.asked()
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
  expect(story.asked().sort()).toEqual(prompts('Rate', ...numbers(5, 4)))
  const sent = pack<PackedPrompt>(story, 'v0/prompts/01_0000001-0001000.jsonl.zst').map(({ prompt }) => prompt)
  expect(sent).toEqual(numbers(5).map((number) => `Define w${number}.`))
  expect((await story.run('doctor')).code).toBe(0)
})

test('a damaged pack of prompts is rendered again where that makes what was sent; what is lost is said once', async () => {
  await using story = await begun(packedKeep)
  await story.run(...run)
  const path = 'outputs/words/v0/prompts/01_0000001-0001000.jsonl.zst'
  const whole = readFileSync(join(story.root, path))
  story.write('inputs/words.json', story.read('inputs/words.json').replace('"w4"', '"w44"'))
  writeFileSync(join(story.root, path), whole.subarray(0, 40))
  const { out } = await story.run('doctor', '--fix')
  expect(out).toContain('Written again: 1 pack. No copy of the prompts of 14 can be read.')
  const sent = pack<PackedPrompt>(story, 'v0/prompts/01_0000001-0001000.jsonl.zst').map(({ prompt }) => prompt)
  expect(sent).toEqual(['Define w1.', 'Define w2.', 'Define w3.', null, 'Define w5.'])
  expect((await story.run('doctor')).code).toBe(0)
  expect((await story.run('show', 'words', 'v0', '14')).out).toContain('(not kept: outputs/words/v0/prompts/01_')
})

test('what a killed run has packed so far stands in its journal, and is shown from there', async () => {
  await using story = await begun(packedKeep, { items: 40 })
  story.api.answer = ({ prompt }) => (/^Define w[2-9]\d/.test(prompt) ? { status: 401 } : undefined)
  await story.run(...run, '--concurrency', '1')
  // As a process leaves it that is killed before it writes anything down.
  for (const path of ['01_ledger.jsonl', 'collated', 'items', 'prompts', '.index'])
    rmSync(join(story.root, 'outputs/words/v0', path), { recursive: true, force: true })
  const { out } = await story.run('show', 'words', 'v0', '12')
  expect(out).toContain('Define w2.')
  expect(out).toContain('"answer"')
})

test('without prompts the ledger has the sha256 of each, and show renders it again if it is still the same', async () => {
  await using story = await begun('keep: { prompts: none }\n')
  await story.run(...run)
  expect(filesOf(story).filter((path) => path.startsWith('prompts/'))).toEqual([])
  const sums = story.ledger('words/v0', 1).map(({ prompt_sha256 }) => prompt_sha256?.length)
  expect(sums).toEqual([64, 64, 64, 64, 64])
  await story.run('rerun', 'words', '12')
  for (const version of ['v0', 'v1'])
    expect((await story.run('show', 'words', version, '14')).out).toContain(
      'Prompt, sent by v0, rendered again:\nDefine w4.\n',
    )
  expect((await story.run('doctor')).code).toBe(0)
  story.write('inputs/words.json', story.read('inputs/words.json').replace('"w4"', '"w44"'))
  const { out } = await story.run('show', 'words', 'v0', '14')
  expect(out).not.toContain('w44')
  expect(out).toContain(`(not kept; its sha256 is ${story.ledger('words/v0', 1)[3]?.prompt_sha256}`)
  const shown = JSON.parse((await story.run('show', 'words', 'v0', '12', '--json')).out)
  expect(JSON.stringify(shown)).toContain('Define w2.')
})

test('at half price each prompt is packed with its answer, too, or its sha256 is in the ledger', async () => {
  const define = numbers(30).map((number) => `Define w${number}.`)
  await using packed = await HalfPriceStory.begin(30, { request: { keep: { prompts: 'packed', items: 'packed' } } })
  await packed.run()
  const sent = pack<PackedPrompt>(packed.story, 'v0/prompts/01_0000001-0001000.jsonl.zst').map(({ prompt }) => prompt)
  expect(sent).toEqual(define)
  expect(pack<PackedItem>(packed.story, 'v0/items/01_0000001-0001000.jsonl.zst')).toHaveLength(30)
  await using none = await HalfPriceStory.begin(30, { request: { keep: { prompts: 'none' } } })
  await none.run()
  expect(none.story.ledger('words/v0', 1).map(({ prompt_sha256 }) => prompt_sha256)).toEqual(define.map(sha256))
})

test('whichever byte of an index, a pack or an array is flipped, no other answer and no other prompt is shown', async () => {
  await using story = await Story.begin({ ...wordFiles(2), 'itemwise.yaml': packedKeep })
  await story.run(...run)
  const ref = { pipeline: 'words', version: 'v0' }
  const store = new FolderStore(story.root)
  const right = await findItem(store, ref, '12')
  const paths = [
    stepFiles(ref, 1).index,
    ...(['items', 'prompts'] as const).map((kind) => stepFiles(ref, 1).pack(kind, [1, 1000])),
    stepFiles(ref, 1).collated('define.json'),
  ]
  const random = Math.random
  for (const path of paths) {
    const file = join(story.root, path)
    const whole = readFileSync(file)
    let told = 0
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole)
      bytes[at]! ^= 1 << Math.floor(random() * 8)
      writeFileSync(file, bytes)
      const [step] = await findItem(store, ref, '12')
      if (step?.edited !== undefined) told += 1
      else expect({ path, at, answer: step?.answer }).toEqual({ path, at, answer: right[0]?.answer })
      expect([right[0]?.prompt, null], `${path} ${at}`).toContain(step?.prompt)
    }
    writeFileSync(file, whole)
    expect(path.includes('collated') ? told : 1).toBeGreaterThan(0)
  }
})

test('a run of more than 20,000 items says once what it will write, and names the setting', async () => {
  await using story = await Story.begin(wordFiles(20_001, [step1]))
  const { out, err } = await story.run(...run, '--offline', '--dry-run')
  expect(`${out}${err}`.match(/keep: \{ prompts: packed, items: packed \}/g)).toHaveLength(1)
  expect(`${out}${err}`).toContain('asks for 20,001 items')
  expect(`${out}${err}`).toContain('40,002 files')
  story.write('itemwise.yaml', packedKeep)
  const packed = await story.run(...run, '--offline', '--dry-run')
  expect(`${packed.out}${packed.err}`).not.toContain('packed')
  expect(eachItsFile).toEqual({ prompts: 'files', items: 'files' })
  expect(existsSync(join(story.root, 'outputs'))).toBe(false)
})

test('a setting that is none of these is refused before anything is asked', async () => {
  await using story = await begun('keep: { prompts: zipped }\n')
  const { code, err } = await story.run(...run)
  expect({ code, asked: story.asked() }).toEqual({ code: 2, asked: [] })
  expect(err).toContain('keep')
  expect(err).toContain('files, packed')
})
