/** The port for lists that come a page at a time, each cheap however long the list is. */
import type { Metadata } from './documents.ts'

export interface Page<T> {
  found: T[]
  /** The key after which the next page begins; undefined on the last one. */
  last: string | undefined
}

export interface PageWanted {
  limit: number
  /** The `last` of the page before. */
  after?: string | undefined
}

export interface ListedPipeline {
  pipeline: string
  latest: string | null
}

export interface VersionPage extends Page<Metadata> {
  /** What is wrong with records of this page that are damaged. */
  unreadable: string[]
}

export interface Pages {
  /** Pipelines by name; a pipeline's key is its name. */
  pipelines(wanted: PageWanted): Promise<Page<ListedPipeline>>
  /** The records of a pipeline's versions, newest first; keys begin with `versionPrefix`. Nothing if there is no such pipeline. */
  versions(pipeline: string, wanted: PageWanted): Promise<VersionPage>
}

/** Keys of versions begin so; those of numbered ones continue with eight digits, so that they sort by number. */
export const versionPrefix = 'version#'
const numberDigits = 8

/** `version#00000012` of `v12`; `version#` and the name of any other. */
export function versionPageKey(version: string): string {
  const number = /^v(\d+)$/.exec(version)?.[1]
  return versionPrefix + (number === undefined ? version : number.padStart(numberDigits, '0'))
}
