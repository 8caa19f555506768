/** Checks hand edits before a run begins: nothing is built on an edited answer, and an edited input is taken as it is. */

import type { ResolvedStep } from '../documents.ts'
import { RequestRefused, RunFailed } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { editSentence, type HandEdit } from './hand-edited-file.ts'
import { handEdits } from './hand-edits.ts'
import { setEditedAside } from './set-aside.ts'
import { stepEdits } from './step-edits.ts'
import { placesOf } from './version-steps.ts'

/**
 * Reads once what a run would carry over from a version, before the first call. Returns warnings. Throws RequestRefused. `isSettled`: whether
 * a hand edit does not matter, as all that it changed is written anew.
 */
export async function checkBuildable(
  store: Store,
  ref: VersionRef,
  isSettled: (edit: HandEdit) => boolean = () => false,
): Promise<string[]> {
  const edits = (await handEdits(store, ref)).filter((edit) => !isSettled(edit))
  const blocking = edits.filter(({ blocks }) => blocks)
  if (blocking.length === 0) return edits.map(editSentence)
  const said = blocking.map(editSentence)
  throw new RequestRefused([...said.slice(0, -1), `${said.at(-1)} ${wayOut(ref, blocking)}`])
}

function wayOut({ pipeline, version }: VersionRef, edits: readonly HandEdit[]): string {
  const those = edits.length === 1 ? 'the file' : 'the files'
  return `Nothing can be built on ${version} of ${pipeline} as it is: an edited answer would pass for the model's. \`itemwise doctor ${pipeline} --fix\` keeps ${those} beside its place and restores what the model wrote. To go on with your own text, make edits of it: \`itemwise adopt ${pipeline} ${version}\`, then \`itemwise apply ${pipeline}\`.`
}

/** A version that is resumed writes its arrays anew. What a person edited in them is kept, and reported. */
export async function keepEditsAside(store: Store, ref: VersionRef): Promise<string[]> {
  const metadata = (await store.version(ref))?.metadata
  const said: string[] = []
  for (const place of await placesOf(store, ref)) {
    const edit = (await stepEdits(store, place, metadata)).find(({ path, blocks }) => blocks && path === place.collated)
    const aside = edit === undefined ? undefined : await setEditedAside(store, ref, edit.path)
    if (edit !== undefined && aside !== undefined)
      said.push(`${editSentence(edit)} It is kept as ${aside}; the run writes the file anew.`)
  }
  return said
}

/** Sentences on input files that are outputs of a version and were changed since: a person's array is an input like any other. */
export async function editedInputs(store: Store, steps: readonly ResolvedStep[]): Promise<string[]> {
  const found: string[] = []
  for (const { input } of steps) {
    const ref = input.from === 'file' ? versionIn(input.resolved) : undefined
    if (ref === undefined || input.from !== 'file') continue
    for (const edit of await editsOf(store, ref, input.resolved))
      found.push(`${editSentence(edit)} It is taken as it stands.`)
  }
  return [...new Set(found)]
}

function versionIn(path: string): VersionRef | undefined {
  const [, pipeline, version] = /^outputs\/([^/]+)\/([^/]+)\/collated\//.exec(path) ?? []
  return pipeline === undefined || version === undefined ? undefined : { pipeline, version }
}

async function editsOf(store: Store, ref: VersionRef, path: string): Promise<HandEdit[]> {
  try {
    const place = (await placesOf(store, ref)).find(({ collated }) => collated === path)
    if (place === undefined) return []
    return await stepEdits(store, place, (await store.version(ref))?.metadata)
  } catch (error) {
    // A version whose documents cannot be read says nothing of its files.
    if (error instanceof RunFailed) return []
    throw error
  }
}
