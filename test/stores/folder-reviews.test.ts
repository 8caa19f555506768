import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunFailed } from '../../core/errors.ts'
import { FolderStore } from '../../stores/folder.ts'
import { type EmptyFolder, emptyFolder } from './empty-folder.ts'
import { reviewOf, reviewsContract, reviewsOf } from './reviews-contract.ts'
import { newVersion } from './samples.ts'

let folder: EmptyFolder
let store: FolderStore
beforeEach(async () => {
  folder = emptyFolder()
  store = new FolderStore(folder.path)
  const { lease } = await store.createVersion('poems', (version) => newVersion(version))
  await lease.release()
})
afterEach(() => folder[Symbol.dispose]())

const file = () => join(folder.path, 'outputs/poems/reviews.jsonl')

describe('FolderStore keeps reviews', () => {
  reviewsContract(async () => ({ store, another: new FolderStore(folder.path) }))

  test('one act a line', async () => {
    await store.reviews.add('poems', [reviewOf('4001'), reviewOf('4002')])
    const lines = readFileSync(file(), 'utf8').split('\n')
    expect([lines.length, lines.at(-1), JSON.parse(lines[1]!)]).toEqual([3, '', reviewOf('4002')])
    expect(folder.names().filter((name) => name.includes('lock'))).toEqual([])
  })

  test.each(['{"at":"2026', `{"at":"2026-11-28","by":"${'x'.repeat(200_000)}`])(
    'a line torn by a kill is no act, and the next act cuts it away',
    async (torn) => {
      await store.reviews.add('poems', [reviewOf('4001')])
      appendFileSync(file(), torn)
      expect(await reviewsOf(store)).toEqual([reviewOf('4001')])
      await store.reviews.add('poems', [reviewOf('4002')])
      const whole = [reviewOf('4001'), reviewOf('4002')]
      expect(readFileSync(file(), 'utf8')).toBe(whole.map((act) => `${JSON.stringify(act)}\n`).join(''))
    },
  )

  test('a file of one torn line begins anew', async () => {
    writeFileSync(file(), '{"at"')
    expect(await reviewsOf(store)).toEqual([])
    await store.reviews.add('poems', [reviewOf('4001')])
    expect(await reviewsOf(store)).toEqual([reviewOf('4001')])
  })

  test('a last line that an editor left without its end stays', async () => {
    writeFileSync(file(), JSON.stringify(reviewOf('4001')))
    expect(await reviewsOf(store)).toEqual([reviewOf('4001')])
    await store.reviews.add('poems', [reviewOf('4002')])
    expect(await reviewsOf(store)).toEqual([reviewOf('4001'), reviewOf('4002')])
  })

  test.each(['first', 'last'])('a %s line that somebody damaged is reported, not left out', async (which) => {
    const good = `${JSON.stringify(reviewOf('4001'))}\n`
    writeFileSync(file(), which === 'first' ? `{"at"\n${good}` : `${good}{"act":"bless"}\n`)
    const line = which === 'first' ? 1 : 2
    const error = await reviewsOf(store).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(RunFailed)
    expect(String(error)).toContain(`(outputs/poems/reviews.jsonl, line ${line})`)
  })

  test('what was added since is told by a mark, unless a person changed what stands before it', async () => {
    const { since } = store.reviews
    const first = await since!('poems', null)
    expect(first?.acts).toEqual([])
    await store.reviews.add('poems', [reviewOf('4001'), reviewOf('4002')])
    const second = await since!('poems', first!.mark)
    expect(second?.acts).toEqual([reviewOf('4001'), reviewOf('4002')])
    expect(await since!('poems', second!.mark)).toEqual({ acts: [], mark: second!.mark })
    // A torn line is not there yet.
    appendFileSync(file(), '{"at":"2026')
    expect(await since!('poems', second!.mark)).toEqual({ acts: [], mark: second!.mark })
    await store.reviews.add('poems', [reviewOf('4003')])
    expect((await since!('poems', second!.mark))?.acts).toEqual([reviewOf('4003')])
    const text = readFileSync(file(), 'utf8')
    for (const other of [
      text.replace('4002', '4009'),
      text.slice(0, 200),
      `${text}${JSON.stringify(reviewOf('4004'))}`,
    ]) {
      writeFileSync(file(), other)
      expect(await since!('poems', second!.mark)).toBeUndefined()
    }
  })

  test('acts that do not fit on the disk are refused whole, and the others stay', async () => {
    await store.reviews.add('poems', [reviewOf('4001')])
    const before = readFileSync(file(), 'utf8')
    const limited = `
      import { FolderStore } from ${JSON.stringify(join(import.meta.dirname, '../../stores/folder.ts'))}
      process.on('SIGXFSZ', () => {})
      const act = ${JSON.stringify(reviewOf('4002', { comment: 'x'.repeat(5000) }))}
      await new FolderStore(${JSON.stringify(folder.path)}).reviews.add('poems', [act, act]).catch((error) => console.log(error.name, error.message))
    `
    // A file may have 4 KiB: as on a full disk, a part of the write fits.
    const script = join(folder.path, 'limited.ts')
    writeFileSync(script, limited)
    const bash = `ulimit -f 4; exec ${process.execPath} ${script}`
    const { stdout } = await promisify(execFile)('bash', ['-c', bash])
    expect(stdout).toMatch(
      /^StoreUnwritable Cannot write outputs\/poems\/reviews\.jsonl: .* \(EFBIG\).* then try again\.$/m,
    )
    expect(readFileSync(file(), 'utf8')).toBe(before)
  })

  test('of acts of several processes at once none is lost', async () => {
    const script = join(folder.path, 'adding.ts')
    const act = JSON.stringify(reviewOf('0'))
    writeFileSync(
      script,
      `import { FolderStore } from ${JSON.stringify(join(import.meta.dirname, '../../stores/folder.ts'))}
      const store = new FolderStore(${JSON.stringify(folder.path)})
      for (let at = 0; at < 25; at++) await store.reviews.add('poems', [{ ...${act}, root_id: process.argv[2] + at }])`,
    )
    await Promise.all(['a', 'b', 'c'].map((name) => promisify(execFile)(process.execPath, [script, name])))
    const ids = (await reviewsOf(store)).map(({ root_id }) => root_id)
    const expected = ['a', 'b', 'c'].flatMap((name) => Array.from({ length: 25 }, (_, at) => `${name}${at}`))
    expect(ids.toSorted()).toEqual(expected.toSorted())
    rmSync(script)
  })
})
