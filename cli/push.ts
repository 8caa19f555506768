/** `itemwise push [paths…]`: sends files of the workspace to AWS if they changed, versions that are not there yet, and reviews. */
import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { RequestRefused } from '../core/errors.ts'
import { missing } from '../core/request/input-path.ts'
import { reviewsPath } from '../core/review.ts'
import { mergeReviews, reviewsText } from '../core/reviews/merge-reviews.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { FolderStore } from '../stores/folder.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import type { StoreFlags } from './place-flags.ts'
import { openRemote } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'
import { findWorkspace } from './workspace.ts'

/** What a workspace consists of. */
const usual = ['inputs', 'prompts', 'pipelines', 'itemwise.yaml']

/** Sends what the bucket does not have with the same content. Throws RequestRefused, StoreUnwritable. */
export async function push(
  words: string[],
  flags: StoreFlags & { json?: boolean },
  terminal: Terminal,
): Promise<number> {
  useFrugalHeap()
  const root = findWorkspace(terminal.cwd, flags.workspace)
  const local = new FolderStore(root)
  const named = words.map((word) => inWorkspace(root, { word, cwd: terminal.cwd }))
  const versions = named.flatMap((path) => versionIn(path) ?? [])
  const reviewed = named.flatMap((path) => reviewedIn(path) ?? [])
  const isFile = (path: string) => versionIn(path) === undefined && reviewedIn(path) === undefined
  const files = await filesAt(local, words.length === 0 ? usual : named.filter(isFile), words.length > 0)
  for (const pipeline of reviewed) await refuseUnreviewed(local, pipeline)
  const place = await openRemote(flags, terminal)
  const { remote } = place
  const sent = await remote.send(local, files)
  for (const path of sent) terminal.note(`Sent: ${path}\n`)
  const pushed: string[] = []
  for (const ref of versions) pushed.push(...(await remote.sendVersion(local, ref)))
  for (const path of pushed) terminal.note(`Sent: ${path}\n`)
  const there = await place.store()
  const pipelines = words.length === 0 ? await inBoth(local, there) : [...reviewed, ...versions.map(pipelineOf)]
  const books = await withReviews(local, pipelines)
  const merged: string[] = []
  for (const pipeline of books) {
    const count = await mergeReviews(local, there, pipeline)
    if (count === 0) continue
    merged.push(reviewsPath(pipeline))
    terminal.note(`Sent: ${reviewsPath(pipeline)} (${reviewsText(count)})\n`)
  }
  const all = [...sent, ...pushed, ...merged]
  const unchanged = Math.max(0, files.length + versions.length + books.length - all.length)
  const text = `${all.length} sent, ${unchanged} already there.\n`
  terminal.out(flags.json ? `${jsonText({ brought_up: all, unchanged }, 2)}\n` : text)
  return 0
}

/** The workspace path of a word: relative to the current folder if something is there, else to the workspace. */
function inWorkspace(root: string, { word, cwd }: { word: string; cwd: string }): string {
  const from = existsSync(resolve(cwd, word)) ? cwd : root
  const path = relative(root, resolve(from, word)).split(sep).join('/')
  if (path !== '' && !path.startsWith('..') && !isAbsolute(path)) return path
  throw new RequestRefused([
    `${word} is not in the workspace ${root}. Expected files or folders of it, such as prompts or inputs/problems.json.`,
  ])
}

function versionIn(path: string): VersionRef | undefined {
  const [, pipeline, version] = /^outputs\/([^/]+)\/(v\d+)$/.exec(path) ?? []
  return pipeline === undefined || version === undefined ? undefined : { pipeline, version }
}

function pipelineOf({ pipeline }: VersionRef): string {
  return pipeline
}

/** The pipeline whose reviews are meant. */
function reviewedIn(path: string): string | undefined {
  const [, pipeline = ''] = path.split('/')
  return path === reviewsPath(pipeline) ? pipeline : undefined
}

async function refuseUnreviewed(local: Store, pipeline: string): Promise<void> {
  if ((await local.size(reviewsPath(pipeline))) === undefined)
    throw new RequestRefused([await missing(local, reviewsPath(pipeline))])
}

async function inBoth(local: Store, there: Store): Promise<string[]> {
  const known = new Set(await there.pipelines())
  return (await local.pipelines()).filter((pipeline) => known.has(pipeline))
}

async function withReviews(local: Store, pipelines: readonly string[]): Promise<string[]> {
  const names = [...new Set(pipelines)]
  const sizes = await Promise.all(names.map((pipeline) => local.size(reviewsPath(pipeline))))
  return names.filter((_name, at) => sizes[at] !== undefined)
}

/** The files at or below these paths. */
async function filesAt(local: FolderStore, paths: readonly string[], named: boolean): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    if (/^outputs(\/|$)/.test(path))
      throw new RequestRefused([
        `${path} is not a version. From outputs/, only whole versions and reviews are sent: itemwise push outputs/<pipeline>/v3, or outputs/<pipeline>/reviews.jsonl`,
      ])
    const files = (await local.size(path)) === undefined ? await below(local, path) : [path]
    if (files.length === 0 && named) throw new RequestRefused([await missing(local, path)])
    found.push(...files)
  }
  return [...new Set(found)]
}

/** Without hidden files, which are those of editors and of git. */
async function below(local: FolderStore, folder: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await local.list(folder)) {
    if (name.startsWith('.')) continue
    if (name.endsWith('/')) found.push(...(await below(local, `${folder}/${name.slice(0, -1)}`)))
    else found.push(`${folder}/${name}`)
  }
  return found
}
