/** Finds the run that a person names: by its id, or by the pipeline and version that it works on. */
import { RequestRefused } from '../../core/errors.ts'
import { isRunId } from '../../core/text/run-id.ts'
import { knownPipeline } from '../../core/versions/versions.ts'
import { findVersion } from '../find-version.ts'
import type { Stack } from './open-stack.ts'

/** The run's id. Without a version it is the newest one. Throws RequestRefused. */
export async function namedRun(
  { store, executions, pages }: Stack,
  [word, version]: readonly [string, string?],
): Promise<string> {
  if (version === undefined && isRunId(word)) {
    if ((await store.run(word)) !== undefined || (await executions.describe(word)) !== undefined) return word
  }
  const pipeline = await knownPipeline(store, word)
  const { ref } = await findVersion(store, pipeline, version ?? (await store.versions(pipeline)).at(-1))
  const run = await pages.runOf(ref)
  if (run !== undefined) return run
  throw new RequestRefused([
    `${ref.pipeline} ${ref.version} was not made by a run on AWS, so there is no run to follow or to stop. \`itemwise show ${ref.pipeline} ${ref.version} --target aws\` shows it.`,
  ])
}
