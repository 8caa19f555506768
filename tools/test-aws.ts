/**
 * `npm run test:aws`: starts LocalStack, deploys the stack on it, runs the tests that need it, and stops it. Where it cannot
 * run, that is said and nothing is tested; with CI set it is an error.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { testKey } from '../test/anthropic-server.ts'
import { deployStack, localEnvironment } from './local-aws/deployed-stack.ts'
import { cannotRun, freePort, startLocalStack } from './local-aws/localstack.ts'

const reason = cannotRun()
if (reason !== null) {
  const inCi = process.env.CI !== undefined && process.env.CI !== ''
  console.error(
    `The tests on LocalStack ${inCi ? 'cannot run' : 'are left out'}: ${reason}. docs/aws.md says what it needs.`,
  )
  process.exit(inCi ? 1 : 0)
}

const began = performance.now()
const localStack = startLocalStack(await freePort())
process.on('exit', () => localStack.stop())
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const anthropicPort = await freePort()
const outputs = await deployStack({
  endpoint: localStack.endpoint,
  // A batch that times out is a test; with 15 minutes it would be a long one. More than 8 Lambdas at once help nobody on two cores.
  settings: {
    anthropicBaseUrl: `http://127.0.0.1:${anthropicPort}`,
    processTimeoutSeconds: '30',
    mapConcurrency: '8',
    removeOnDelete: 'true',
  },
  apiKey: testKey,
})
console.error(`LocalStack (${localStack.mode}) with the stack is up after ${seconds()} s.`)
const vitest = resolve(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', 'vitest.aws.config.ts', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...localEnvironment(localStack.endpoint),
      ITEMWISE_TEST_STACK: JSON.stringify({ ...outputs, endpoint: localStack.endpoint, anthropicPort }),
    },
  },
)
console.error(`The tests on LocalStack took ${seconds()} s, setting up included.`)
process.exit(status ?? 1)

function seconds(): string {
  return ((performance.now() - began) / 1000).toFixed(0)
}
