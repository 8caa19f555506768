/**
 * Versions: how they appear whole, how their records change, and the copy of a record that people read in the bucket.
 * Long, since a record, its copy and its number change together.
 */
import { randomUUID } from 'node:crypto'
import type { Metadata } from '../../core/documents.ts'
import {
  FileMissing,
  PathOutside,
  RecordUnreadable,
  RequestRefused,
  VersionBusy,
  WriterReplaced,
} from '../../core/errors.ts'
import {
  type ContentStream,
  type NewVersion,
  type VersionRef,
  type VersionState,
  versionFolder,
} from '../../core/store.ts'
import { jsonText } from '../../core/text/json.ts'
import type { CloudContext } from './context.ts'
import { isHeld, leaseChanges, type Taken } from './lease.ts'
import { fieldsOf, latestKey, metadataOf, stateKey, versionKey, versionOf, versionPrefix } from './records.ts'
import { wasRemoved } from './remove-version.ts'
import { throwIfForbidden } from './runs.ts'
import { writeObject } from './stream-up.ts'
import type { Change, Key, TableRow } from './table.ts'
import type { Writer } from './writer.ts'

type Make = (version: string) => NewVersion

/** Takes the next number of a pipeline and lets the version appear. A number that was not used is returned. */
export async function appearNumbered(
  here: CloudContext,
  pipeline: string,
  make: Make,
): Promise<{ ref: VersionRef; taken: Taken }> {
  for (;;) {
    const { number, listed, token } = await takeNumber(here, pipeline)
    const ref = { pipeline, version: `v${number}` }
    try {
      const taken = await appear(here, ref, { content: make(ref.version), listed })
      // The next one if a version of this number was imported from elsewhere.
      if (taken !== undefined) return { ref, taken }
    } catch (error) {
      await giveBack(here, pipeline, { number, token }).catch(() => {})
      throw error
    }
  }
}

/** The same under a given name. Throws RequestRefused if it is taken. */
export async function appearNamed(here: CloudContext, ref: VersionRef, make: Make): Promise<Taken> {
  const taken = await appear(here, ref, { content: make(ref.version), listed: true })
  if (taken !== undefined) return taken
  throw new RequestRefused([
    `${versionFolder(ref)} is there already. A one-off run needs a name of its own. Start it again.`,
  ])
}

interface Taking {
  number: number
  /** Says in the record who took its last number: a request whose answer was lost is sent again, and must not take another one. */
  token: string
}

async function takeNumber({ table }: CloudContext, pipeline: string): Promise<Taking & { listed: boolean }> {
  for (;;) {
    const token = randomUUID()
    const changed = await table.change(latestKey(pipeline), {
      add: { next_number: 1 },
      set: { taken_by: token },
      when: { holds: 'attribute_not_exists(#taken_by) OR #taken_by <> :taken_by' },
    })
    const row = changed.done ? changed.row : await table.get(latestKey(pipeline))
    // If another took one since, it is not known which was this one's: that number is left out.
    if (!changed.done && row?.taken_by !== token) continue
    return { number: Number(row?.next_number) - 1, listed: row?.listed !== undefined, token }
  }
}

/** Returns the number, unless the next one is already taken. */
async function giveBack({ table }: CloudContext, pipeline: string, { number, token }: Taking): Promise<void> {
  await table.change(latestKey(pipeline), {
    set: { next_number: number },
    remove: ['taken_by'],
    when: { holds: '#next_number = :next AND #taken_by = :mine', values: { next: number + 1, mine: token } },
  })
}

interface Appearing {
  content: NewVersion
  /** Whether the pipeline is in the list already. */
  listed: boolean
}

/** Writes the files first, then record, run and writer in one transaction. Undefined if the version exists. Throws StoreUnwritable, VersionBusy, RunInterrupted. */
async function appear(here: CloudContext, ref: VersionRef, { content, listed }: Appearing): Promise<Taken | undefined> {
  const isThere = async () => (await here.table.get(versionKey(ref))) !== undefined
  // Checked before its files could be overwritten.
  if ((await isThere()) || (await wasRemoved(here, ref))) return undefined
  const files = filesOf(ref, content)
  await putFiles(here, files)
  const begun: Taken = { epoch: 1, signedAt: here.now(), inheritedSeconds: 0 }
  const changes = [versionChange(here, ref, content.metadata), ...leaseChanges(here, ref, begun).map(onlyNew)]
  if (!listed) changes.push({ key: latestKey(ref.pipeline), change: { set: { listed: 'pipeline' } } })
  if (await here.table.together(changes)) return begun
  if (await isThere()) return undefined
  await removeFiles(here, files)
  await throwIfForbidden(here)
  throw new VersionBusy(
    `The run ${here.execution?.id} has begun a version already. One execution runs one version. Start another one.`,
  )
}

type NewFile = [key: string, content: string | (() => ContentStream)]

async function putFiles({ objects }: CloudContext, files: readonly NewFile[]): Promise<void> {
  const put = ([key, content]: NewFile) =>
    typeof content === 'string' ? objects.put(key, content) : writeObject(objects, key, content())
  try {
    await Promise.all(files.map(put))
  } catch (error) {
    await removeFiles({ objects }, files)
    throw error
  }
}

async function removeFiles({ objects }: Pick<CloudContext, 'objects'>, files: readonly NewFile[]): Promise<void> {
  await Promise.allSettled(files.map(([key]) => objects.remove(key)))
}

function versionChange(here: CloudContext, ref: VersionRef, document: Metadata): { key: Key; change: Change } {
  const run = here.execution === undefined ? {} : { run_id: here.execution.id }
  const set = { ...fieldsOf(document), ...run }
  return onlyNew({ key: versionKey(ref), change: { set } })
}

function onlyNew({ key, change }: { key: Key; change: Change }): { key: Key; change: Change } {
  return { key, change: { ...change, remove: [], when: { holds: 'attribute_not_exists(#record)' } } }
}

function filesOf(ref: VersionRef, { metadata, files }: NewVersion): NewFile[] {
  const folder = versionFolder(ref)
  return [['metadata.json', metadataText(metadata)] as const, ...files].map(([name, content]) => {
    if (name.startsWith('/') || name.split('/').includes('..')) throw new PathOutside(name)
    return [`${folder}/${name}`, content]
  })
}

export function metadataText(document: Metadata): string {
  return `${jsonText(document, 2)}\n`
}

/** A version's record; undefined if there is none. */
export async function versionState(here: CloudContext, ref: VersionRef): Promise<VersionState | undefined> {
  const row = await here.table.get(versionKey(ref))
  if (row === undefined || row.status !== 'running') return row && { metadata: metadataOf(row), alive: false }
  if (isHeld(await here.table.get(stateKey(ref)), here.now())) return { metadata: metadataOf(row), alive: true }
  // A writer that ends writes its record, then releases the version. It may have done both since the record was read.
  return { metadata: metadataOf((await here.table.get(versionKey(ref))) ?? row), alive: false }
}

/** The records of a pipeline's versions, oldest first; `onUnreadable` is called for damaged ones. Throws RecordUnreadable without it. */
export async function* versionStates(
  here: CloudContext,
  pipeline: string,
  onUnreadable?: (error: RecordUnreadable) => void,
): AsyncGenerator<VersionRef & VersionState> {
  for await (const row of here.table.below(pipeline, versionPrefix)) {
    const version = versionOf(row)
    if (version === undefined) continue
    const ref = { pipeline, version }
    try {
      const state =
        row.status === 'running' ? await versionState(here, ref) : { metadata: metadataOf(row), alive: false }
      if (state !== undefined) yield { ...ref, ...state }
    } catch (error) {
      if (onUnreadable === undefined || !(error instanceof RecordUnreadable)) throw error
      onUnreadable(error)
    }
  }
}

/** Names of a pipeline's versions, oldest first. */
export async function versionNames({ table }: CloudContext, pipeline: string): Promise<string[]> {
  const rows = table.below(pipeline, versionPrefix, {
    ProjectionExpression: '#record',
    ExpressionAttributeNames: { '#record': 'record' },
  })
  return (await Array.fromAsync(rows, versionOf)).filter((name) => name !== undefined)
}

/**
 * Changes fields of a record, then its copy in the bucket. A writer may do so only as long as it is the version's writer. Throws
 * FileMissing, StoreUnwritable, WriterReplaced.
 */
export async function changeVersion(
  here: CloudContext,
  ref: VersionRef,
  { change, writer }: { change: Partial<Metadata>; writer: Writer | undefined },
): Promise<Metadata> {
  const set = Object.fromEntries(Object.entries(fieldsOf(change)).filter(([, value]) => value !== undefined))
  const row =
    Object.keys(set).length > 0 ? await changed(here, ref, { set, writer }) : await here.table.get(versionKey(ref))
  if (row === undefined) throw new FileMissing(`${versionFolder(ref)}/metadata.json`)
  await copyRecord(here, ref, row)
  return metadataOf(row)
}

/** The new record; undefined if there is none. */
async function changed(
  { table, now }: CloudContext,
  ref: VersionRef,
  { set, writer }: { set: TableRow; writer: Writer | undefined },
): Promise<TableRow | undefined> {
  const change = { set, when: { holds: 'attribute_exists(#record)' } }
  if (writer === undefined) {
    const outcome = await table.change(versionKey(ref), change)
    return outcome.done ? outcome.row : undefined
  }
  // In one transaction with a sign of life under its epoch: a stage that outlived its run must not set how the version ended.
  const mine = { holds: '#epoch = :mine', values: { mine: writer.epoch } }
  const done = await table.together([
    { key: versionKey(ref), change },
    { key: stateKey(ref), change: { set: { seen: now() }, when: mine } },
  ])
  const row = await table.get(versionKey(ref))
  if (done || row === undefined) return row
  throw new WriterReplaced(
    `The record of ${versionFolder(ref)} is left as it is: the version was taken over by another run, or has ended. What was kept is not lost.`,
  )
}

/** Two changes at once may put their copies in the wrong order: a process that then sees a newer record puts the copy again. */
async function copyRecord({ objects, table }: CloudContext, ref: VersionRef, row: TableRow): Promise<void> {
  let text = metadataText(metadataOf(row))
  for (;;) {
    await objects.put(`${versionFolder(ref)}/metadata.json`, text)
    const now = await table.get(versionKey(ref))
    const next = now === undefined ? text : metadataText(metadataOf(now))
    if (next === text) return
    text = next
  }
}
