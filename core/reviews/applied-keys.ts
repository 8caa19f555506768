/** Which edits the versions of a pipeline have put in place: such an edit does not wait any more, even if its answer was replaced later. */
import type { Store } from '../store.ts'
import { appliedActs } from '../versions/applied-edits.ts'
import { editKey } from './reviewed-state.ts'

/** Reads every record, and the edits of each version of edits. Throws RunFailed for edits that cannot be read. */
export async function appliedKeys(store: Store, pipeline: string): Promise<Set<string>> {
  const applied = new Set<string>()
  for await (const { metadata, version } of store.records(pipeline, () => {}))
    if (metadata.mode === 'edit')
      for await (const act of appliedActs(store, { pipeline, version })) applied.add(editKey(act))
  return applied
}
