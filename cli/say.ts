/** What `approve`, `flag`, `comment` and `clear` do: they note what a person says of answers. */
import { RequestRefused } from '../core/errors.ts'
import type { Review } from '../core/review.ts'
import { jsonText } from '../core/text/json.ts'
import { someOf } from '../core/text/nearest.ts'
import { findVersion } from '../workspace/find-version.ts'
import { noted } from '../workspace/reviews.ts'
import { idsIn } from './ids-in.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'
import { whoSays } from './who-says.ts'

interface SayFlags extends StoreFlags {
  json?: boolean
  idsFrom?: string
  step?: string
  version?: string
  comment?: string
  by?: string
}

/** An act without an answer of its own. */
type Act = Exclude<Review['act'], 'edit'>

export type Say = (words: [string, ...string[]], flags: SayFlags, terminal: Terminal) => Promise<number>

const done = { approve: 'Approved', flag: 'Flagged', comment: 'Noted a comment on', clear: 'Cleared' } as const

/** The handler of an act. It throws RequestRefused if one of the items cannot be meant: then nothing is noted. */
export function saying(act: Act): Say {
  return (words, flags, terminal) => say(act, words, { flags, terminal })
}

async function say(
  act: Act,
  [pipeline, ...named]: [string, ...string[]],
  { flags, terminal }: { flags: SayFlags; terminal: Terminal },
): Promise<number> {
  if (act === 'comment' && !flags.comment?.trim())
    throw new RequestRefused(['What is the comment? Add it: --comment "Ask the teacher".'])
  const ids = flags.idsFrom === undefined ? named : [...named, ...(await idsIn(flags.idsFrom, terminal))]
  if (ids.length === 0)
    throw new RequestRefused([
      `Which items? Name their ids (itemwise ${act} ${pipeline} 4002 4007), or add --ids-from.`,
    ])
  const place = await openPlace(flags, terminal)
  const store = await place.store()
  const { ref } = await findVersion(store, pipeline, flags.version)
  const by = await whoSays(flags.by, await place.caller(), terminal)
  const { acts, step } = await noted(store, ref, { act, step: flags.step, ids, by, comment: flags.comment })
  if (flags.json) terminal.out(`${jsonText(acts, 2)}\n`)
  else
    terminal.out(
      `${done[act]} ${someOf(acts.map(({ root_id }) => root_id))} in step ${step.step} (${step.prompt_name}) of ${ref.version}, by ${by}.\n`,
    )
  return 0
}
