/**
 * The reviews of a pipeline in a folder: reviews.jsonl, one act a line, only ever added to. Whoever adds is alone; an act counts once its
 * whole line is on the disk.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { FileMissing, RunFailed } from '../../core/errors.ts'
import { type Review, type ReviewBook, reviewsPath } from '../../core/review.ts'
import { actsNotIn } from '../../core/reviews/act-hash.ts'
import { actIn, actLine } from '../../core/reviews/act-line.ts'
import { lines } from '../../core/text/lines.ts'
import { newReviews } from './new-reviews.ts'
import type { FolderContext } from './options.ts'
import { readBytes } from './reading.ts'
import { changingAlone } from './record-lock.ts'
import { writingNow } from './unwritable.ts'

const newline = 10

/** How much of the end is read at a time to find where its last line begins. */
const stretch = 65_536

export function folderReviews(onDisk: (path: string) => Promise<string>, here: FolderContext): ReviewBook {
  /** Does a change while nobody else does one. */
  async function alone<T>(pipeline: string, change: (file: string, path: string) => T | Promise<T>): Promise<T> {
    const path = reviewsPath(pipeline)
    const [folder, file] = [await onDisk(`outputs/${pipeline}`), await onDisk(path)]
    return changingAlone({ folder, path }, here, () => change(file, path))
  }
  return {
    add: (pipeline, acts) => alone(pipeline, (file, path) => appendReviews(file, path, acts)),
    addAfter: (pipeline, mark, acts) =>
      alone(pipeline, async (file, path) => {
        const isNewest = (await newReviews({ file, path }, mark))?.mark === mark
        if (isNewest) appendReviews(file, path, acts)
        return isNewest
      }),
    merge: (pipeline, acts) =>
      alone(pipeline, async (file, path) => {
        const fresh = await actsNotIn(readReviews(file, path), acts)
        if (fresh.length > 0) appendReviews(file, path, fresh)
        return fresh.length
      }),
    all: async function* (pipeline) {
      const path = reviewsPath(pipeline)
      yield* readReviews(await onDisk(path), path)
    },
    since: async (pipeline, mark) => {
      const path = reviewsPath(pipeline)
      return newReviews({ file: await onDisk(path), path }, mark)
    },
  }
}

/** Adds acts, all of them or none. The caller sees to it that it is alone. Throws StoreUnwritable. */
export function appendReviews(file: string, path: string, acts: readonly Review[]): void {
  const added = acts.map(actLine).join('')
  const append = () => {
    const open = openSync(file, 'a+')
    try {
      const { size, missing } = wholePart(open)
      ftruncateSync(open, size)
      try {
        writeAll(open, Buffer.from(missing + added))
        fsyncSync(open)
      } catch (error) {
        ftruncateSync(open, size)
        throw error
      }
    } finally {
      closeSync(open)
    }
  }
  writingNow(path, append, 'try again')
}

/** The bytes that stay: a torn last line, which nobody was told of as kept, goes. `missing`: the end of a whole line that lacks it. */
function wholePart(open: number): { size: number; missing: string } {
  const { size } = fstatSync(open)
  let tail = Buffer.alloc(0)
  while (tail.length < size && !tail.includes(newline)) {
    const length = Math.min(stretch, size - tail.length)
    const before = Buffer.alloc(length)
    readSync(open, before, 0, length, size - tail.length - length)
    tail = Buffer.concat([before, tail])
  }
  const last = tail.subarray(tail.lastIndexOf(newline) + 1)
  if (last.length === 0) return { size, missing: '' }
  return isJson(last.toString()) ? { size, missing: '\n' } : { size: size - last.length, missing: '' }
}

function writeAll(open: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(open, bytes, at)
}

/** The acts in their order; none if there is no file. A torn last line is no act. Throws RunFailed for another line that cannot be read. */
async function* readReviews(file: string, path: string): AsyncGenerator<Review> {
  let number = 0
  let broken: number | undefined
  try {
    for await (const { text } of lines(readBytes(file, path))) {
      if (broken !== undefined) throw unreadable(path, broken)
      number += 1
      if (text.trim() === '') continue
      const act = actIn(text)
      if (act === undefined) broken = number
      else yield act
    }
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
  if (broken !== undefined && (await endsLine(file, path))) throw unreadable(path, broken)
}

/** A last line that has its end was written whole: somebody changed it since. */
async function endsLine(file: string, path: string): Promise<boolean> {
  let last: number | undefined
  for await (const chunk of readBytes(file, path)) last = chunk.at(-1) ?? last
  return last === newline
}

function unreadable(path: string, line: number): RunFailed {
  return new RunFailed(
    `A review cannot be read (${path}, line ${line}). Expected one whole JSON object a line, as it was written, or a newer Itemwise. Put the line back as it was, or remove it: then nobody said it.`,
  )
}

/** A line of which a part is missing is no JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
