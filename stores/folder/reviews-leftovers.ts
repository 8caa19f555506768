/** What killed processes and editors leave in the reviews of a pipeline: lines that are no acts, a torn end, a lock. */
import { constants } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Finding } from '../../core/doctor/finding.ts'
import { FileMissing } from '../../core/errors.ts'
import { reviewsPath } from '../../core/review.ts'
import { actIn } from '../../core/reviews/act-line.ts'
import { lines } from '../../core/text/lines.ts'
import { writeWhole } from './atomic-write.ts'
import { currentLock, isHeld, lockFile } from './lock.ts'
import type { FolderContext } from './options.ts'
import { readBytes } from './reading.ts'
import { changingAlone, recordLockName } from './record-lock.ts'
import { appendReviews, isJson } from './reviews-file.ts'

interface Book {
  file: string
  /** In the workspace. */
  path: string
  /** Does a change while nobody else does one. */
  alone<T>(change: () => Promise<T>): Promise<T>
}

/** `folder`: that of the pipeline. */
export async function reviewsFindings(
  pipeline: string,
  { folder, here }: { folder: string; here: FolderContext },
): Promise<Finding[]> {
  const path = reviewsPath(pipeline)
  const alone = <T>(change: () => Promise<T>) => changingAlone({ folder, path }, here, change)
  const book: Book = { file: join(folder, basename(path)), path, alone }
  const { broken, torn } = await stateOf(book)
  return [...(broken.length > 0 ? [brokenLines(book, broken)] : []), ...(torn ? [tornLine(book)] : [])]
}

/** The numbers of the lines that are no acts, from 1, and whether the last one was never whole. */
async function stateOf(book: Book): Promise<{ broken: number[]; torn: boolean }> {
  const broken: number[] = []
  let torn = false
  for await (const { number, is } of linesOf(book)) {
    if (is === 'broken') broken.push(number)
    if (is === 'torn') torn = true
  }
  return { broken, torn }
}

interface BookLine {
  number: number
  text: string
  is: 'act' | 'blank' | 'broken' | 'torn'
}

async function* linesOf({ file, path }: Pick<Book, 'file' | 'path'>): AsyncGenerator<BookLine> {
  let number = 0
  let before: { text: string; bytes: number } | undefined
  try {
    for await (const { text, start, end } of lines(readBytes(file, path))) {
      if (before !== undefined) yield { number, text: before.text, is: kindOf(before.text, true) }
      number += 1
      before = { text, bytes: end - start }
    }
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
  if (before === undefined) return
  const isEnded = before.bytes > Buffer.byteLength(before.text)
  yield { number, text: before.text, is: kindOf(before.text, isEnded) }
}

/** A last line without its end is torn, unless an editor left the end out. */
function kindOf(text: string, isEnded: boolean): BookLine['is'] {
  if (text.trim() === '') return 'blank'
  if (actIn(text) !== undefined) return 'act'
  return isEnded || isJson(text) ? 'broken' : 'torn'
}

function brokenLines(book: Book, broken: readonly number[]): Finding {
  const which = broken.length === 1 ? `Line ${broken[0]}` : `Line ${broken[0]}, and ${broken.length - 1} more,`
  return {
    path: book.path,
    found: `${which} cannot be read as a review: it was changed, or a newer Itemwise wrote it.`,
    means:
      'Whatever asks for the reviews of the pipeline ends with an error, and nothing can be added by `push` and `pull`.',
    remedy: `Take ${broken.length === 1 ? 'the line' : 'these lines'} out, and keep the file as it was beside it. Then nobody said it.`,
    mend: () =>
      book.alone(async () => {
        const aside = await copyAside(book)
        await writeWhole(book.file, whole(book), { path: book.path, fault: undefined })
        return `Taken out. What was there is kept as ${aside}.`
      }),
  }
}

async function* whole(book: Book): AsyncGenerator<string> {
  for await (const { text, is } of linesOf(book)) if (is === 'act') yield `${text}\n`
}

async function copyAside({ file, path }: Book): Promise<string> {
  for (let number = 1; ; number++) {
    try {
      await copyFile(file, `${file}.broken-${number}`, constants.COPYFILE_EXCL)
      return `${path}.broken-${number}`
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function tornLine(book: Book): Finding {
  return {
    path: book.path,
    found: 'The last line of the reviews is torn.',
    means: 'The process was killed while it wrote it, and nobody was told that it was kept. It counts for nothing.',
    remedy: 'Cut the torn line off. Whoever adds a review next does the same.',
    mend: () =>
      book.alone(async () => {
        appendReviews(book.file, book.path, [])
        return 'Cut off.'
      }),
  }
}

/** Of whoever changed a record or reviews and was killed. `path` names the folder in the workspace. */
export function staleRecordLock(folder: string, path: string, here: FolderContext): Finding[] {
  const work = join(folder, recordLockName)
  const lock = currentLock(work)
  if (lock === undefined || isHeld(lock, here)) return []
  return [
    {
      path: `${path}/${recordLockName}/${basename(lockFile(lock))}`,
      found: 'The lock of a process that is gone.',
      means:
        'It was killed while it changed a record or the reviews. It keeps nobody out; what it had not ended counts for nothing.',
      remedy: 'Remove it.',
      mend: async () => {
        const now = currentLock(work)
        if (now === undefined || !isHeld(now, here)) await rm(work, { recursive: true, force: true })
        return 'Removed.'
      },
    },
  ]
}
