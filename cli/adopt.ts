/** `itemwise adopt <pipeline> [version]` */
import { type Adopted, adoptEdits } from '../core/reviews/adopt-edits.ts'
import type { VersionRef } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { findVersion } from '../workspace/find-version.ts'
import { placeFlags, type StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'
import { whoSays } from './who-says.ts'

interface AdoptFlags extends StoreFlags {
  json?: boolean
  comment?: string
  by?: string
}

/** Makes edits of the answers that somebody wrote into the files of a version. Throws RequestRefused. */
export async function adopt(
  [pipeline, version]: [string, string?],
  flags: AdoptFlags,
  terminal: Terminal,
): Promise<number> {
  const place = await openPlace(flags, terminal)
  const store = await place.store()
  const { ref } = await findVersion(store, pipeline, version)
  const by = await whoSays(flags.by, await place.caller(), terminal)
  const adopted = await adoptEdits(store, ref, { by, comment: flags.comment, now: Date.now() })
  if (flags.json) terminal.out(`${jsonText(adopted.acts, 2)}\n`)
  else terminal.out(adoptedText(ref, adopted, { by, place: placeFlags(flags) }))
  return 0
}

function adoptedText(ref: VersionRef, { acts, found }: Adopted, { by, place }: { by: string; place: string }): string {
  const which = `${ref.version} of ${ref.pipeline}`
  if (found.length === 0) return `The files of ${which} have no answer that was written by hand.\n`
  const noted = new Map(acts.map((act) => [`${act.step} ${act.root_id}`, act]))
  const lines = found.map(({ step, line, path, others }) => {
    const isNew = noted.has(`${step.step} ${line.root_id}`)
    const beside = others.length === 0 ? '' : ` (${others.join(', ')}: another one, which was not taken)`
    return `  ${line.root_id}, step ${step.step} (${step.prompt_name}): ${path}${isNew ? '' : ', an edit already'}${beside}\n`
  })
  const head = acts.length === 0 ? `Nothing new in ${which}:\n` : `Edited by hand in ${which}, by ${by}:\n`
  const next = acts.length === 0 ? '' : `\`itemwise apply ${ref.pipeline}${place}\` puts what waits in place.\n`
  return head + lines.join('') + next
}
