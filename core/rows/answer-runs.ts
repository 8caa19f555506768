/** Reads all answers of a step once: in long runs of bytes if the array is as it was written, else one by one. */
import { RunFailed } from '../errors.ts'
import type { Store } from '../store.ts'
import { outOfArray } from '../text/json.ts'
import { bytesAt } from '../versions/index-head.ts'
import { placedLines } from '../versions/placed-lines.ts'
import { StepAnswers } from '../versions/step-answers.ts'
import type { StepTable } from './step-table.ts'

/** Bytes that are read at once; an answer that is longer comes by itself. */
const runBytes = 2_000_000

export interface AnswerRun {
  /** Rows that have their answers in it, in its order. */
  rows: number[]
  /** Where it begins in the file. */
  start: number
  bytes: Buffer
}

/** The answers of a proven array, one after the other as they stand in the file. */
export async function* answerRuns(store: Store, table: StepTable): AsyncGenerator<AnswerRun> {
  let rows: number[] = []
  let [start, end] = [0, 0]
  for (let row = 0; row <= table.length; row++) {
    const range = row === table.length ? null : table.answerAt(row)
    if (range === null && row < table.length) continue
    if (rows.length > 0 && (range === null || range[1] - start > runBytes)) {
      yield { rows, start, bytes: await read(start, end) }
      rows = []
    }
    if (range === null) return
    if (rows.length === 0) start = range[0]
    rows.push(row)
    end = range[1]
  }

  async function read(from: number, to: number): Promise<Buffer> {
    const path = table.place.collated
    const bytes = await bytesAt(store, path, [from, to])
    if (bytes !== undefined) return bytes
    throw new RunFailed(`${path} is shorter than it was a moment ago. Ask again when nobody writes it.`)
  }
}

export interface RowAnswer {
  row: number
  /** As it stands in a file below items/, edited or not. */
  answer: string
}

/** Every answer, in the order of the ledger. */
export async function* rowAnswers(store: Store, table: StepTable): AsyncGenerator<RowAnswer> {
  if (!(await table.isProven())) {
    yield* oneByOne(store, table)
    return
  }
  for await (const { rows, start, bytes } of answerRuns(store, table)) {
    for (const row of rows) {
      const [from, to] = table.answerAt(row)!
      yield { row, answer: outOfArray(bytes.toString('utf8', from - start, to - start)) }
    }
  }
}

async function* oneByOne(store: Store, table: StepTable): AsyncGenerator<RowAnswer> {
  const { place } = table
  const answers = new StepAnswers(store, place)
  let row = 0
  try {
    for await (const piece of placedLines(store, place.ref, place.step)) {
      for (const { line } of piece) {
        const { answer } = await answers.see(line)
        if (answer !== null) yield { row, answer }
        row += 1
      }
    }
  } finally {
    await answers.close()
  }
}
