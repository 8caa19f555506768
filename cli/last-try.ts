/** Keeps which one-off runs the last tries of a request are, so that `compare --last-try` finds them. */
import { basename, extname } from 'node:path'
import * as z from 'zod'
import type { Store } from '../core/store.ts'
import { textIfThere } from '../core/versions/version-documents.ts'

const folder = 'outputs/_tries'

const triedRequest = z.object({
  /** The request file. */
  request: z.string(),
  /** The full name of its pipeline, if it has one. */
  pipeline: z.string().nullable(),
  /** The ids of the runs of the last try, and of the one before. */
  last: z.array(z.string()),
  before: z.array(z.string()),
})
export type TriedRequest = z.infer<typeof triedRequest>

/** Notes the runs of a try: several stood side by side. */
export async function noteTry(
  store: Store,
  tried: Pick<TriedRequest, 'request' | 'pipeline'>,
  runs: string[],
): Promise<void> {
  const path = pathOf(tried.request)
  const before = (await readTried(store, path))?.last ?? []
  await store.write(path, `${JSON.stringify({ ...tried, last: runs, before }, null, 2)}\n`)
}

/** The last tries of what a person calls by its pipeline or its request file; undefined if there are none. */
export async function lastTry(store: Store, word: string): Promise<TriedRequest | undefined> {
  const name = word.replace(/^outputs\//, '').replace(/\/+$/, '')
  for (const file of await store.list(folder)) {
    const tried = await readTried(store, `${folder}/${file}`)
    if (tried === undefined) continue
    if (tried.pipeline === name || tried.request === word || stem(tried.request) === stem(word)) return tried
  }
  return undefined
}

function pathOf(request: string): string {
  return `${folder}/${encodeURIComponent(stem(request))}.json`
}

function stem(path: string): string {
  return basename(path, extname(path))
}

/** Undefined if there is none that can be read: it only helps to find what is there anyway. */
async function readTried(store: Store, path: string): Promise<TriedRequest | undefined> {
  const text = await textIfThere(store, path)
  try {
    return text === undefined ? undefined : triedRequest.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
