/** The index of a ledger on S3: one item of many is found by reading a few ranges. */
import { expect, test } from 'vitest'
import { writeStep } from '../../core/stages/collation.ts'
import { stepFiles, type VersionRef } from '../../core/store.ts'
import { jsonText } from '../../core/text/json.ts'
import { linesOfId } from '../../core/versions/indexed-ledger.ts'
import { bareLine } from '../../core/versions/ledger.ts'
import { isProven } from '../../core/versions/read-proven-blocks.ts'
import { answerPlace, StepAnswers } from '../../core/versions/step-answers.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { planLine, stepWith } from '../core/steps.ts'
import { cloudClients, makeCloudPlace } from './cloud-place.ts'
import { newVersion } from './samples.ts'

const ref: VersionRef = { pipeline: 'poems', version: 'v0' }
const step = stepWith()
const files = stepFiles(ref, 1)
const items = 4000

interface Fetched {
  key: string
  /** Undefined: the whole object was asked for. */
  range: string | undefined
}

/** Clients that remember what is fetched. */
function watchedClients() {
  const clients = cloudClients()
  const fetched: Fetched[] = []
  clients.s3.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { Key = '', Range } = args.input as { Key?: string; Range?: string }
        if (commandName === 'GetObjectCommand') fetched.push({ key: Key, range: Range })
        return next(args)
      },
    { step: 'build', name: 'watching' },
  )
  return { clients, fetched }
}

function bytesOf({ range }: Fetched): number {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  return first === undefined ? Number.POSITIVE_INFINITY : Number(last) - Number(first) + 1
}

test('one item of four thousand takes four range reads, and its answer one more', async () => {
  const place = await makeCloudPlace()
  try {
    const writing = new CloudStore(place, { clients: place.clients })
    const { lease } = await writing.createVersion('poems', (version) => newVersion(version))
    async function* entries() {
      for (let at = 1; at <= items; at++) {
        const line = { ...bareLine(planLine(at)), state: 'answered' as const, answer_version: 'v0' }
        yield { line, answer: jsonText({ id: line.item_id, text: `poem ${at}` }, 2), error: null }
      }
    }
    await writeStep(writing, ref, { step, entries: entries() })
    await lease.release()

    const { clients, fetched } = watchedClients()
    const store = new CloudStore(place, { clients })
    const [line, ...others] = await linesOfId(store, ref, { step: 1, id: '6777' })
    expect(others).toEqual([])
    expect(line).toMatchObject({ item_id: '6777', item_index: 2777 })
    expect(fetched.map(({ key }) => key)).toEqual([files.index, files.ledger, files.index, files.ledger])
    expect(Math.max(...fetched.slice(1).map(bytesOf))).toBeLessThan(4000)
    expect(bytesOf(fetched[0]!)).toBeLessThanOrEqual(64 * 1024)

    fetched.length = 0
    const answers = new StepAnswers(store, answerPlace(ref, step), { isOne: true })
    expect(JSON.parse(await answers.answer(line!))).toEqual({ id: '6777', text: 'poem 2777' })
    expect(fetched.map(({ key }) => key)).toEqual([files.collated(step.output_file)])
    expect(bytesOf(fetched[0]!)).toBeLessThan(200)

    // A byte of the index that was flipped there leads nowhere either: the ledger is read.
    const index = Buffer.concat(await Array.fromAsync(store.read(files.index)))
    const flipped = Buffer.from(index)
    flipped[index.length - 40] = flipped[index.length - 40]! ^ 1
    await store.write(files.index, one(flipped))
    const found = await Promise.all(['4001', '7999', '8000'].map((id) => linesOfId(store, ref, { step: 1, id })))
    expect(found.flat().map(({ item_index }) => item_index)).toEqual([1, 3999, 4000])
    await store.write(files.index, one(index))
    expect(await isProven(store, answerPlace(ref, step), items)).toBe(true)
  } finally {
    await place.remove()
  }
})

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
