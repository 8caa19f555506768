/**
 * The index of the runs of a workspace: outputs/_index/<run id>.json, one small file a run. The server makes it for a run that it starts, and
 * hands it over to the run's process, which alone writes it from then on; a run of the command line makes its own.
 * Long, since the form of an entry and all that is done with it stand together.
 */
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { spending } from '../core/documents.ts'
import { RecordUnreadable } from '../core/errors.ts'
import { jsonText } from '../core/text/json.ts'
import { isRunId } from '../core/text/run-id.ts'
import { writeWholeNow } from './folder/atomic-write.ts'
import { inside } from './folder/inside.ts'
import { isHeld } from './folder/lock.ts'
import { makeFolder } from './folder/make-folder.ts'
import { processSpace, processStart } from './folder/process-life.ts'
import { isMissing } from './folder/reading.ts'
import { unfinishedFor } from './folder/unfinished.ts'
import { writingNow } from './folder/unwritable.ts'

const folderName = 'outputs/_index'

/** A run gives a sign of life this often. */
export const signOfLifeMs = 5000

/** A process, so that another one that got its number later is not taken for it. */
const processMark = z.object({
  host: z.string(),
  process_space: z.string().nullable(),
  pid: z.int(),
  process_start: z.string().nullable(),
})

const stepCounts = z.object({
  step: z.int(),
  items: z.int(),
  process: z.int(),
  carry: z.int(),
  skip: z.int(),
  answered: z.int(),
  failed: z.int(),
  ...spending.shape,
})

const indexedRun = z.object({
  run_id: z.string(),
  created: z.string().describe('UTC'),
  by_command: z.literal(true).optional().describe('of a run of the command line: no server started it'),
  input_sha256: z.string().describe('of the input, its fields sorted: whether a key comes again with the same request'),
  process: processMark.nullable().describe('null until it was started'),
  hears: z.boolean().describe('whether its process is so far that it stops when it is told to'),
  pipeline: z.string().nullable().describe('the pipeline that it writes or is about to write'),
  version: z.string().nullable().describe('null until the version has begun'),
  steps: z.array(stepCounts).describe('for display'),
  collated: z.boolean().describe('whether its last step is collated, so that nothing was left but to publish'),
  ended: z
    .object({
      status: z.enum(['completed', 'failed', 'aborted', 'refused', 'nothing_to_do']),
      error: z.object({ name: z.string(), message: z.string() }).nullable(),
    })
    .nullable()
    .describe('null while it goes on, and for ever if its process was killed'),
})
export type IndexedRun = z.infer<typeof indexedRun>

/** The entry of a run that is about to be started. */
export function newIndexedRun(known: Pick<IndexedRun, 'run_id' | 'created' | 'input_sha256'>): IndexedRun {
  return {
    ...known,
    process: null,
    hears: false,
    pipeline: null,
    version: null,
    steps: [],
    collated: false,
    ended: null,
  }
}

/** What this process, or a child of it, is known by. */
export function markOf(pid: number): z.infer<typeof processMark> {
  return { host: hostname(), process_space: processSpace(), pid, process_start: processStart(pid) }
}

export class RunIndex {
  readonly #root: string

  /** `root`: the workspace's folder. */
  constructor(root: string) {
    this.#root = root
  }

  /** Undefined if no such run was started here. Throws RecordUnreadable. */
  read(runId: string): IndexedRun | undefined {
    if (!isRunId(runId)) return undefined
    const text = this.#text(runId)
    if (text === undefined) return undefined
    try {
      const run = indexedRun.parse(JSON.parse(text))
      // A disk that takes upper and lower case for the same finds another run's entry.
      return run.run_id === runId ? run : undefined
    } catch (cause) {
      throw new RecordUnreadable(
        `${folderName}/${runId}.json cannot be read: it was changed or cut off. Its version is not touched by that; \`itemwise list --all\` shows it.`,
        { cause },
      )
    }
  }

  /** All entries that can be read, newest first. */
  list(): IndexedRun[] {
    const folder = inside(this.#root, folderName)
    const ids = namesIn(folder).flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? [])
    const runs = ids.flatMap((id) => this.#readable(id) ?? [])
    return runs.sort((a, b) => (indexKey(a) < indexKey(b) ? 1 : -1))
  }

  #readable(runId: string): IndexedRun | undefined {
    try {
      return this.read(runId)
    } catch (error) {
      if (error instanceof RecordUnreadable) return undefined
      throw error
    }
  }

  /** Makes a run's entry. False if there is one: of two that try, one makes it. Throws StoreUnwritable. */
  create(run: IndexedRun): boolean {
    const { path, folder, file } = this.#place(run.run_id)
    return writingNow(path, () => {
      makeFolder(folder)
      try {
        writeFileSync(file, jsonOf(run), { flag: 'wx' })
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      }
    })
  }

  /** Writes a run's entry anew, whole or not at all. Throws StoreUnwritable. */
  write(run: IndexedRun): void {
    const { path, folder, file } = this.#place(run.run_id)
    const temporary = unfinishedFor(folder, `${run.run_id}.json`)
    writingNow(path, () =>
      writeWholeNow(jsonOf(run), { file, temporary, fault: undefined, point: 'write:temp-written' }),
    )
  }

  /** Takes an entry back whose run could not be started. */
  remove(runId: string): void {
    rmSync(this.#place(runId).file, { force: true })
  }

  /** A sign of life, by which other machines on a shared disk know that the run goes on. */
  touch(runId: string): void {
    const now = Date.now() / 1000
    try {
      utimesSync(this.#place(runId).file, now, now)
    } catch {
      // A sign that cannot be given is given next time.
    }
  }

  /**
   * Whether the run's process lives. On another machine: whether it was seen within the minute. If the system does not tell
   * when a process began: whether it gave a sign of life lately, as its number may be another's by now.
   */
  isAlive({ run_id, process }: IndexedRun): boolean {
    if (process === null) return false
    const seen = statSync(this.#place(run_id).file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (process.process_start === null && Date.now() - seen > 4 * signOfLifeMs) return false
    return isHeld({ writer: process, seen }, { host: hostname(), now: Date.now })
  }

  /** Whether that process is one of this machine, and a signal reaches it. */
  isHere({ process }: IndexedRun): boolean {
    return process?.host === hostname() && process.process_space === processSpace()
  }

  #text(runId: string): string | undefined {
    try {
      return readFileSync(this.#place(runId).file, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  #place(runId: string): { path: string; folder: string; file: string } {
    const folder = inside(this.#root, folderName)
    return { path: `${folderName}/${runId}.json`, folder, file: join(folder, `${runId}.json`) }
  }
}

/** By which entries sort: when the run was started, and its id. */
export function indexKey({ created, run_id }: Pick<IndexedRun, 'created' | 'run_id'>): string {
  return `${created} ${run_id}`
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function jsonOf(run: IndexedRun): string {
  return `${jsonText(run, 2)}\n`
}
