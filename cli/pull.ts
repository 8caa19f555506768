/** `itemwise pull [pipeline] [version]`: fetches completed versions from AWS, with the versions they are based on, and what people said of them. */
import { RequestRefused } from '../core/errors.ts'
import { reviewsPath } from '../core/review.ts'
import { mergeReviews, reviewsText } from '../core/reviews/merge-reviews.ts'
import { oneOffs, type Store, tombstonePath, type VersionRef, versionFolder } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { readRun, textIfThere } from '../core/versions/version-documents.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { FolderStore } from '../stores/folder.ts'
import { importVersion } from '../stores/import-into-folder.ts'
import { findVersion, isOneOff } from '../workspace/find-version.ts'
import type { StoreFlags } from './place-flags.ts'
import { openRemote } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'
import { findWorkspace } from './workspace.ts'

/** Never overwrites a version; exit code 1 if a record could not be read. Throws RequestRefused if there is another version of that name here. */
export async function pull(
  words: [string?, string?],
  flags: StoreFlags & { json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const root = findWorkspace(terminal.cwd, flags.workspace)
  const place = await openRemote(flags, terminal)
  const store = await place.store()
  const { wanted, unfinished, unreadable } = await chosen(store, words)
  const local = new FolderStore(root)
  await refuseOthers(store, local, wanted)
  const removed = await removedHere(local, wanted)
  // Of one that was asked for by its name, the import says why not.
  const fetched = words[1] === undefined ? wanted.filter((ref) => !removed.includes(ref)) : wanted
  const pulled: string[] = []
  for (const ref of fetched) {
    if ((await local.version(ref)) !== undefined) continue
    await importVersion(root, ref, place.remote.filesOf(ref))
    pulled.push(versionFolder(ref))
    terminal.note(`Fetched: ${versionFolder(ref)}\n`)
  }
  const here = fetched.length - pulled.length
  let reviews = 0
  for (const pipeline of new Set(fetched.map((ref) => ref.pipeline))) {
    if (pipeline === oneOffs) continue
    const count = await mergeReviews(store, local, pipeline)
    if (count > 0) terminal.note(`Fetched: ${reviewsPath(pipeline)} (${reviewsText(count)})\n`)
    reviews += count
  }
  if (unfinished.length > 0)
    terminal.note(
      `Not fetched, because not completed: ${unfinished.join(', ')}. Resume them there: itemwise resume … --target aws\n`,
    )
  if (fetched.length < wanted.length)
    terminal.note(`Not fetched, because removed here: ${removed.map(versionFolder).join(', ')}.\n`)
  for (const message of unreadable) terminal.note(`Not fetched: ${message}\n`)
  const text = `${pulled.length} version${pulled.length === 1 ? '' : 's'} fetched, ${here} already here.\n`
  terminal.out(flags.json ? `${jsonText({ brought_down: pulled, already_here: here, reviews }, 2)}\n` : text)
  return unreadable.length === 0 ? 0 : 1
}

async function removedHere(local: Store, wanted: readonly VersionRef[]): Promise<VersionRef[]> {
  const sizes = await Promise.all(wanted.map((ref) => local.size(tombstonePath(ref))))
  return wanted.filter((_ref, at) => sizes[at] !== undefined)
}

interface Chosen {
  /** Each after the versions it is based on. */
  wanted: VersionRef[]
  /** Folders of versions that stay where they are. */
  unfinished: string[]
  /** What is wrong with records that cannot be read. */
  unreadable: string[]
}

async function chosen(store: Store, [name, version]: [string?, string?]): Promise<Chosen> {
  if (name !== undefined && version !== undefined)
    return { wanted: await oneVersion(store, name, version), unfinished: [], unreadable: [] }
  if (name !== undefined && (await isOneOff(store, name)))
    return { wanted: await oneVersion(store, name), unfinished: [], unreadable: [] }
  const pipelines = name === undefined ? await store.pipelines() : [await knownPipeline(store, name)]
  const found: Chosen = { wanted: [], unfinished: [], unreadable: [] }
  for (const pipeline of pipelines) {
    for await (const { version, metadata } of store.records(pipeline, ({ message }) =>
      found.unreadable.push(message),
    )) {
      if (metadata.status === 'completed') found.wanted.push({ pipeline, version })
      else found.unfinished.push(versionFolder({ pipeline, version }))
    }
  }
  return found
}

/** The version and those below it: its carried answers' prompts and costs lie there. */
async function oneVersion(store: Store, name: string, word?: string): Promise<VersionRef[]> {
  const { ref, state } = await findVersion(store, name, word)
  const { status, base_version } = state.metadata
  if (status !== 'completed')
    throw new RequestRefused([
      `${ref.pipeline} ${ref.version} is not completed (${status}), so it cannot be fetched yet. Finish it with \`itemwise resume ${ref.pipeline} ${ref.version} --target aws\`, then pull it.`,
    ])
  const below = base_version === null ? undefined : await store.version({ ...ref, version: base_version })
  if (base_version === null || below?.metadata.status !== 'completed') return [ref]
  return [...(await oneVersion(store, ref.pipeline, base_version)), ref]
}

/** A version of the same name that was run here is a different version. All are checked before any is fetched. */
async function refuseOthers(cloud: Store, local: Store, wanted: readonly VersionRef[]): Promise<void> {
  const problems: string[] = []
  for (const ref of wanted) {
    if ((await local.version(ref)) === undefined || (await isSame(cloud, local, ref))) continue
    problems.push(
      `${versionFolder(ref)} is a different version here than on AWS, so it was not overwritten. Pull into another workspace (--workspace DIR), or move the folder away.`,
    )
  }
  if (problems.length > 0) throw new RequestRefused(problems)
}

async function isSame(cloud: Store, local: Store, ref: VersionRef): Promise<boolean> {
  const text = await textIfThere(local, `${versionFolder(ref)}/run.json`)
  return text !== undefined && (await readRun(cloud, ref)).run_id === JSON.parse(text).run_id
}
