/** Draws a sample of the items that a rerun would ask for. */
import { Sample } from '../choice/sample.ts'
import type { RunDocument, SampleSize } from '../documents.ts'
import { checkChoice } from './check-choice.ts'
import { foresee } from './forecast.ts'
import type { Forecasting } from './forecast-types.ts'

type Sampling = Pick<Forecasting, 'store' | 'provider' | 'steps' | 'base'> & { run: RunDocument }

/** Narrows the rerun to the sample; leaves it as it is if it would ask for nothing. What is wrong with it is found by the check of the whole run. */
export async function sampleRerun({ store, provider, steps, base, run }: Sampling, size: SampleSize): Promise<void> {
  if (run.rerun === null || base === null) return
  const sample = new Sample(size)
  const added = new Set<string>()
  await foresee({
    ...{ store, provider, steps, run, base },
    read: (path) => store.read(path),
    onLine: ({ step }, { decision, root_id }) => {
      if (decision !== 'process' || !step.batch_mode || added.has(root_id)) return
      added.add(root_id)
      sample.add(root_id)
    },
  })
  if (added.size === 0) return
  const rerun = { ...run.rerun, ids: sample.ids() }
  run.rerun = { ...rerun, first_step: await checkChoice(store, { base, steps, rerun }) }
}
