/** Cancels the message batches that a run on this machine has left with the API. */
import { cancelBatches } from '../../core/stages/half-price/cancel.ts'
import { oneOffs, type Store, type VersionRef } from '../../core/store.ts'
import { chooseModel } from '../../runners/choose-model.ts'
import { waitingRun } from '../../workspace/folder/waiting-run.ts'

/** False if there are none. Throws RequestRefused without a key, RunFailed if the API cannot be asked. */
export type CancelLeft = (ref: VersionRef) => Promise<boolean>

export function cancelLeft(store: Store, env: Record<string, string | undefined>): CancelLeft {
  return async (ref) => {
    const { pipeline, version } = ref
    if ((await store.version(ref))?.alive) return false
    const waiting = await waitingRun(store, pipeline === oneOffs ? [version] : [pipeline, version])
    if (waiting === null) return false
    const access = { apiKey: env.ANTHROPIC_API_KEY, baseURL: env.ANTHROPIC_BASE_URL }
    const { batches } = await chooseModel({ offline: waiting.offline, ...access })
    await cancelBatches({ store, batches: batches!, now: Date.now, halt: new AbortController().signal }, ref)
    return true
  }
}
