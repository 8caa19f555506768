/** Before each test file: files share their worker, and none of them sees what another one put into the environment. */

interface Began {
  env: NodeJS.ProcessEnv
  values: NodeJS.ProcessEnv
}

const kept = globalThis as { itemwiseEnvironment?: Began }
kept.itemwiseEnvironment ??= { env: process.env, values: { ...process.env } }
putBack()

/** Makes the environment what it was when this worker began. */
export function putBack(): void {
  const { env, values } = kept.itemwiseEnvironment!
  process.env = env
  for (const name of Object.keys(env)) if (!(name in values)) delete env[name]
  Object.assign(env, values)
}
