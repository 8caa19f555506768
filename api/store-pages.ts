/** Pages over any store: for a store that has no pages of its own, and whose names are quickly listed. */
import type { Metadata } from '../core/documents.ts'
import { RecordUnreadable } from '../core/errors.ts'
import {
  type ListedPipeline,
  type Page,
  type Pages,
  type PageWanted,
  type VersionPage,
  versionPageKey,
} from '../core/pages.ts'
import type { Store } from '../core/store.ts'

export class StorePages implements Pages {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async pipelines({ limit, after = '' }: PageWanted): Promise<Page<ListedPipeline>> {
    const names = (await this.#store.pipelines()).filter((name) => name > after)
    const found = names.slice(0, limit).map(async (pipeline) => ({
      pipeline,
      latest: (await this.#store.latest(pipeline)) ?? null,
    }))
    return { found: await Promise.all(found), last: names.length > limit ? names[limit - 1] : undefined }
  }

  async versions(pipeline: string, { limit, after }: PageWanted): Promise<VersionPage> {
    // A name that leads elsewhere, such as a/../b, is no pipeline's.
    if (!(await this.#store.pipelines()).includes(pipeline)) return { found: [], unreadable: [], last: undefined }
    const names = (await this.#store.versions(pipeline)).reverse()
    const wanted = names.filter((name) => after === undefined || versionPageKey(name) < after)
    const found: Metadata[] = []
    const unreadable: string[] = []
    for (const version of wanted.slice(0, limit)) {
      try {
        const state = await this.#store.version({ pipeline, version })
        if (state !== undefined) found.push(state.metadata)
      } catch (error) {
        if (!(error instanceof RecordUnreadable)) throw error
        unreadable.push(error.message)
      }
    }
    const last = wanted.length > limit ? wanted[limit - 1] : undefined
    return { found, unreadable, last: last && versionPageKey(last) }
  }
}
