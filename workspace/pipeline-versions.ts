/** The pipelines of a workspace with their versions, for a program. */
import type { Metadata } from '../core/documents.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { listed } from './list-versions.ts'
import type { Opened } from './opened.ts'

/** A pipeline with its versions, oldest first. */
export interface PipelineVersions {
  /** Its full name. */
  pipeline: string
  /** The latest completed version; null if there is none. */
  latest: string | null
  /** Their records. `alive`: whether a living process runs it. */
  versions: (Metadata & { alive: boolean })[]
}

/** Of all pipelines, or of one. Throws RequestRefused for an unknown one, RecordUnreadable. */
export async function pipelineVersions(
  { store, countsUnfinished }: Opened,
  pipeline: string | undefined,
): Promise<PipelineVersions[]> {
  const names = pipeline === undefined ? await store.pipelines() : [await knownPipeline(store, pipeline)]
  const onUnreadable = (error: Error) => {
    throw error
  }
  return Promise.all(
    names.map(async (name) => {
      const tools = { store, countable: countsUnfinished }
      const { latest, versions } = await listed(tools, name, { labels: null, onUnreadable })
      const records = versions.map(({ metadata, alive }) => ({ ...metadata, alive }))
      return { pipeline: name, latest: latest ?? null, versions: records }
    }),
  )
}
