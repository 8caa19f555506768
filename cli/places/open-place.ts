/** The places where a command can work. A further place is a folder here and a line in `places`. */
import { RequestRefused } from '../../core/errors.ts'
import type { Store } from '../../core/store.ts'
import { didYouMean } from '../../core/text/nearest.ts'
import type { WaitingRun } from '../../workspace/folder/waiting-run.ts'
import type { StoreFlags } from '../place-flags.ts'
import type { Terminal } from '../terminal.ts'
import type { Place, RemotePlace } from './place.ts'

type Open = (flags: StoreFlags, terminal: Terminal) => Place

/** By their names for --target. Each is loaded only if it is asked for: what AWS needs takes most of a second. */
const places: Readonly<Record<string, () => Promise<Open>>> = {
  local: async () => (await import('./laptop/laptop.ts')).openLaptop,
  aws: async () => (await import('./stack/stack-place.ts')).openStackPlace,
}

export const placeNames = Object.keys(places)

/** The place that --target names, else ITEMWISE_TARGET, else this machine. Throws RequestRefused. */
export async function openPlace(flags: StoreFlags, terminal: Terminal): Promise<Place> {
  const name = flags.target ?? (terminal.env.ITEMWISE_TARGET || placeNames[0]!)
  const load = Object.hasOwn(places, name) ? places[name] : undefined
  if (load !== undefined) return (await load())(flags, terminal)
  throw new RequestRefused([
    `ITEMWISE_TARGET is ${name}. Expected ${placeNames.join(' or ')}.${didYouMean(name, placeNames)}`,
  ])
}

/** Where a run is that has no process here: without --target, on this machine if it has message batches with the API, else on AWS. */
export async function openPlaceOfRun(
  words: readonly [string, string?],
  flags: StoreFlags,
  terminal: Terminal,
): Promise<
  { place: RemotePlace; waiting: null; run_id: string } | { place: Place; waiting: WaitingRun & { store: Store } }
> {
  const isNamed = flags.target !== undefined || Boolean(terminal.env.ITEMWISE_TARGET)
  const place = await openPlace(isNamed ? flags : { ...flags, target: 'local' }, terminal)
  if (isRemote(place)) return { place, waiting: null, run_id: await place.remote.namedRun(words) }
  const { waitingRun } = await import('../../workspace/folder/waiting-run.ts')
  const store = await place.store()
  const waiting = await waitingRun(store, words)
  if (waiting !== null) return { place, waiting: { ...waiting, store } }
  if (!isNamed) {
    const there = await openRemote({ ...flags, target: 'aws' }, terminal)
    return { place: there, waiting: null, run_id: await there.remote.namedRun(words).catch(refuseBoth(words)) }
  }
  throw new RequestRefused([
    `${words.filter(Boolean).join(' ')} has no message batches with the API, so there is nothing to wait for or to cancel. A run here ends with its command; for one on AWS, add --target aws.`,
  ])
}

/** Whoever has a run on this machine in mind is not to look for what is wrong with AWS. */
function refuseBoth(words: readonly [string, string?]) {
  return async (cause: unknown): Promise<never> => {
    const { inWords } = await import('../../workspace/stack/aws-messages.ts')
    const error = inWords(cause)
    if (error === cause || !(error instanceof RequestRefused)) throw cause
    const here = `${words.filter(Boolean).join(' ')} has no message batches with the API. A run on this machine is stopped with Ctrl-C where it runs.`
    throw new RequestRefused([`${here} Runs on AWS cannot be looked at: ${error.problems.join(' ')}`], { cause })
  }
}

/** The same for a command that makes sense only for a place elsewhere. Throws RequestRefused. */
export async function openRemote(flags: StoreFlags, terminal: Terminal): Promise<RemotePlace> {
  const place = await openPlace(flags, terminal)
  if (isRemote(place)) return place
  throw new RequestRefused(['This command needs a place other than this machine. Name one with --target.'])
}

function isRemote(place: Place): place is RemotePlace {
  return place.remote !== null
}
