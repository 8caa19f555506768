/** The steps of a version, as far as whoever reads their answers needs to know. */
import type * as z from 'zod'
import { idFields } from '../core/answers/id-fields.ts'
import { isTextPlace } from '../core/rows/step-table.ts'
import { stepFiles } from '../core/store.ts'
import { textIfThere } from '../core/versions/version-documents.ts'
import { type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import type { Call } from './call.ts'
import type { Ports } from './ports.ts'
import type { stepPage } from './row-documents.ts'
import { versionIn } from './version-in.ts'

export async function listSteps({ store }: Ports, call: Call): Promise<z.infer<typeof stepPage>> {
  const { ref } = await versionIn(store, call)
  const steps = (await versionSteps(store, ref)).map(async (step) => ({
    ...settingsOf(step),
    collated: (await store.size(stepFiles(ref, step.step).ledger)) !== undefined,
    template: step.template === null ? null : ((await textIfThere(store, step.template)) ?? null),
  }))
  return { ...ref, steps: await Promise.all(steps) }
}

function settingsOf({ step, prompt_name, batch_mode, collated, resolved }: VersionStep) {
  return {
    ...{ step, prompt_name, batch_mode, model: resolved?.model ?? null },
    is_text: isTextPlace({ batch_mode, collated }),
    output_schema: resolved?.output_schema ?? null,
    id_fields: resolved === null || !batch_mode ? [] : idFields(resolved),
  }
}
