/**
 * Finds and mends what killed processes leave in a folder: half-written files, locks of dead writers, torn journals, a broken link.
 * Long, since it has one finding for each kind of leftover.
 */

import { closeSync, existsSync, openSync } from 'node:fs'
import { lstat, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Finding } from '../../core/doctor/finding.ts'
import { type Store, tombstonePath, type VersionRef, versionFolder } from '../../core/store.ts'
import { lines } from '../../core/text/lines.ts'
import { setAside } from '../../core/versions/set-aside.ts'
import { parseEntry } from '../journal-entries.ts'
import { filesBelow } from './files-below.ts'
import { inside } from './inside.ts'
import { cutTornLine } from './journal.ts'
import { currentLock, isHeld, lockFile, lockGenerations } from './lock.ts'
import { makeFolder } from './make-folder.ts'
import { type FolderContext, type FolderOptions, folderContext } from './options.ts'
import { isMissing, readBytes } from './reading.ts'
import { recordLockName } from './record-lock.ts'
import { renamePatiently } from './rename.ts'
import { reviewsFindings, staleRecordLock } from './reviews-leftovers.ts'
import { parseSpendEntry } from './spend-account.ts'
import { isUnfinished } from './unfinished.ts'

/** No process takes longer than this to make something. */
const makingTakesMs = 60_000

export class FolderLeftovers {
  readonly #root: string
  readonly #store: Store
  readonly #here: FolderContext

  constructor(root: string, store: Store, options: FolderOptions = {}) {
    this.#root = root
    this.#store = store
    this.#here = folderContext(options)
  }

  /** Whether a living process writes the version, whatever its record says. */
  readonly isHeld = async (ref: VersionRef): Promise<boolean> => {
    const lock = currentLock(join(inside(this.#root, versionFolder(ref)), 'work'))
    return lock !== undefined && isHeld(lock, this.#here)
  }

  /** The leftovers of a version that nobody writes. */
  async ofVersion(ref: VersionRef): Promise<Finding[]> {
    const folder = inside(this.#root, versionFolder(ref))
    const path = (file: string) => versionFolder(ref) + file.slice(folder.length)
    const unfinished: string[] = []
    for await (const file of filesBelow(folder)) if (isUnfinished(basename(file))) unfinished.push(file)
    const answers = unfinished.filter((file) => placeOfAnswer(file) !== undefined)
    const others = unfinished.filter((file) => placeOfAnswer(file) === undefined)
    return [
      ...staleRecordLock(folder, versionFolder(ref), this.#here),
      ...(await this.#torn(ref, join(folder, 'work'))),
      ...(await unplacedAnswers(answers, path)),
      ...(others.length > 0 ? [halfMade(others, path)] : []),
    ]
  }

  /** The lock of a version that nobody writes and that does not say it is running. */
  async lockOf(ref: VersionRef): Promise<Finding[]> {
    const folder = inside(this.#root, versionFolder(ref))
    return staleLock(join(folder, 'work'), (file) => versionFolder(ref) + file.slice(folder.length))
  }

  /** The leftovers of a pipeline's folder itself. */
  async ofPipeline(pipeline: string): Promise<Finding[]> {
    const path = `outputs/${pipeline}`
    const folder = inside(this.#root, path)
    const found: Finding[] = []
    for (const name of await namesIn(folder)) {
      if (name === recordLockName || !isUnfinished(name) || !(await this.#isLeft(join(folder, name)))) continue
      const isFile = (await lstat(join(folder, name))).isFile()
      found.push(isFile ? halfMade([join(folder, name)], () => `${path}/${name}`) : neverBegun(folder, path, name))
    }
    found.push(
      ...staleRecordLock(folder, path, this.#here),
      ...(await reviewsFindings(pipeline, { folder, here: this.#here })),
    )
    return [...found, ...(await this.#halfRemoved(pipeline)), ...(await deadLink(folder, path))]
  }

  /** Versions whose removal was killed. */
  async #halfRemoved(pipeline: string): Promise<Finding[]> {
    const found: Finding[] = []
    for (const version of await this.#store.versions(pipeline)) {
      const ref = { pipeline, version }
      if ((await this.#store.size(tombstonePath(ref))) !== undefined) found.push(halfRemoved(ref))
    }
    return found
  }

  async #isLeft(file: string): Promise<boolean> {
    const lock = currentLock(join(file, 'work'))
    if (lock !== undefined) return !isHeld(lock, this.#here)
    return this.#here.now() - (await lstat(file)).mtimeMs > makingTakesMs
  }

  /** Journals and a spend account with invalid lines. */
  async #torn(ref: VersionRef, work: string): Promise<Finding[]> {
    const found: Finding[] = []
    for (const name of await namesIn(work)) {
      const kind = name === 'purse.jsonl' ? spendAccount : /^\d+_journal\.jsonl$/.test(name) ? journal : undefined
      if (kind === undefined) continue
      const file = join(work, name)
      const { broken, torn } = await stateOfLines(file, kind)
      const path = `${versionFolder(ref)}/work/${name}`
      if (broken > 0) found.push(brokenLines(this.#store, { ref, path, file, broken, kind }))
      else if (torn) found.push(tornLine(path, file, kind))
    }
    return found
  }
}

/** Not mended: since then another version may have come to need it. */
function halfRemoved(ref: VersionRef): Finding {
  return {
    path: versionFolder(ref),
    found: 'Its removal was begun and never ended.',
    means: 'It is listed as if nobody had removed it. Its number stays taken.',
    remedy: `Remove it again: \`itemwise remove ${ref.pipeline} ${ref.version}\``,
    mend: null,
  }
}

/** The proper place of an answer under a hidden name in work/ (older versions: in items/); undefined for any other file. */
function placeOfAnswer(file: string): string | undefined {
  const [, segment, name] = /^\.new-(.+)_(\d+_output\.json)$/.exec(basename(file)) ?? []
  const folder = dirname(file)
  if (segment === undefined || name === undefined || !/^(work|items)$/.test(basename(folder))) return undefined
  return join(dirname(folder), 'items', segment, name)
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** An answer that was written but not yet renamed. It counts as an answer. */
async function unplacedAnswers(files: string[], path: (file: string) => string): Promise<Finding[]> {
  const found: Finding[] = []
  for (const file of files) {
    const place = placeOfAnswer(file) ?? file
    const wanted = !existsSync(place) && (await isJson(file))
    found.push({
      path: path(file),
      found: 'The process was killed while it wrote this file.',
      means: wanted
        ? 'The answer is whole, but has not got its name.'
        : 'Nothing is missing: the answer is kept elsewhere.',
      remedy: wanted ? `Give it its name, ${path(place)}.` : 'Remove the half-made file.',
      mend: async () => {
        if (wanted) makeFolder(dirname(place))
        await (wanted ? renamePatiently({ from: file, to: place }) : rm(file, { force: true }))
        return wanted ? `It is ${path(place)} now.` : 'Removed.'
      },
    })
  }
  return found
}

async function isJson(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, 'utf8'))
    return true
  } catch {
    return false
  }
}

function halfMade(files: string[], path: (file: string) => string): Finding {
  return {
    path: path(files[0]!),
    found:
      files.length === 1 ? 'A half-made file is left.' : `${files.length} half-made files are left, this one first.`,
    means: 'A process was killed while it wrote. What it wrote anew was not in use yet; nothing is missing.',
    remedy: 'Remove what is half-made.',
    mend: async () => {
      for (const file of files) await rm(file, { force: true })
      return 'Removed.'
    },
  }
}

function neverBegun(folder: string, path: string, name: string): Finding {
  return {
    path: `${path}/${name}`,
    found: 'A version that was being made is left under its hidden name.',
    means: 'The process was killed before the version began. Nothing had been asked or paid for.',
    remedy: 'Remove it.',
    mend: async () => {
      await rm(join(folder, name), { recursive: true, force: true })
      return 'Removed.'
    },
  }
}

function staleLock(work: string, path: (file: string) => string): Finding[] {
  const generations = lockGenerations(work)
  if (generations.length === 0) return []
  return [
    {
      path: path(lockFile({ work, generation: generations.at(-1)! })),
      found: 'The lock of a process that is gone.',
      means: 'It keeps nobody out. It only tells that a process was killed.',
      remedy: 'Remove it.',
      mend: async () => {
        for (const generation of lockGenerations(work)) await rm(lockFile({ work, generation }), { force: true })
        if ((await namesIn(work)).length === 0) await rm(work, { recursive: true, force: true })
        return 'Removed.'
      },
    },
  ]
}

/** An append-only file of lines. */
interface KindOfLines {
  called: string
  /** Undefined for an invalid line. */
  parse: (text: string) => unknown
  /** What a line that cannot be read means. */
  brokenMeans: string
  tornMeans: string
}

const journal: KindOfLines = {
  called: 'journal',
  parse: parseEntry,
  brokenMeans:
    'What was kept there is passed over. If the answer has its own file it is found again; else it is asked for again.',
  tornMeans: 'The process was killed while it wrote it, so that answer was not kept; it is asked for again.',
}

const spendAccount: KindOfLines = {
  called: 'spend account',
  parse: parseSpendEntry,
  brokenMeans: 'What these calls cost does not count against the limit any more.',
  tornMeans: 'The process was killed while it wrote it, so that call was never made.',
}

async function stateOfLines(file: string, { parse }: KindOfLines): Promise<{ broken: number; torn: boolean }> {
  const { size } = await stat(file)
  let broken = 0
  let torn = false
  for await (const { text, end } of lines(readBytes(file, file))) {
    if (parse(text) === undefined) broken += 1
    // A last line without its newline was never whole.
    if (end === size && !(await endsWithNewline(file, size))) torn = true
  }
  return { broken: torn && broken > 0 ? broken - 1 : broken, torn }
}

async function endsWithNewline(file: string, size: number): Promise<boolean> {
  for await (const chunk of readBytes(file, file, [size - 1, size])) return chunk[0] === 10
  return false
}

function tornLine(path: string, file: string, { called, tornMeans }: KindOfLines): Finding {
  return {
    path,
    found: `The last line of the ${called} is torn.`,
    means: tornMeans,
    remedy: 'Cut the torn line off. A resumed run does the same.',
    mend: async () => {
      const opened = openSync(file, 'r+')
      try {
        cutTornLine(opened)
      } finally {
        closeSync(opened)
      }
      return 'Cut off.'
    },
  }
}

/** A power failure or a hand edit may leave such lines. */
function brokenLines(
  store: Store,
  { ref, path, file, broken, kind }: { ref: VersionRef; path: string; file: string; broken: number; kind: KindOfLines },
): Finding {
  return {
    path,
    found: `The ${kind.called} has ${broken === 1 ? 'a line' : `${broken} lines`} that cannot be read.`,
    means: kind.brokenMeans,
    remedy: 'Take these lines out, and keep the file as it was beside it.',
    mend: async () => {
      const aside = await setAside(store, ref, path)
      await store.write(path, wholeEntries(file, kind))
      return `Taken out. What was there is kept as ${aside}.`
    },
  }
}

async function* wholeEntries(file: string, { parse }: KindOfLines): AsyncGenerator<string> {
  for await (const { text } of lines(readBytes(file, file))) if (parse(text) !== undefined) yield `${text}\n`
}

/** A link to a version that is not there; if there is a completed version, core points it there. */
async function deadLink(folder: string, path: string): Promise<Finding[]> {
  const link = join(folder, 'latest')
  const target = await readlink(link).catch(() => undefined)
  if (target === undefined || existsSync(link)) return []
  return [
    {
      path: `${path}/latest`,
      found: `The link leads to ${target}, which is not there.`,
      means: 'The version was removed by hand.',
      remedy: 'Remove the link; if a completed version is left, it is made again.',
      mend: async () => {
        await rm(link, { force: true })
        return 'Removed.'
      },
    },
  ]
}
