/**
 * LocalStack with a stack for each worker of the tests. Tests that run side by side share one LocalStack, and neither a workspace,
 * nor a key, nor the address of the model.
 */
import { testKey } from '../../test/anthropic-server.ts'
import { awsCli } from './aws-cli.ts'
import { bootstrap, deployStacks, localEnvironment } from './deployed-stack.ts'
import { freePort, startLocalStack } from './localstack.ts'

/** Workers, each with its stack: tests wait for Lambdas more than they compute. */
const names = ['Itemwise', 'ItemwiseB']

export interface TestStacks {
  /** The variables that the tests need, when all is deployed. Rejects with what was printed by what failed. */
  ready: Promise<Record<string, string>>
  /** Ends LocalStack, at whatever moment. */
  stop(): void
}

/** Begins to start LocalStack and to deploy, in the background. */
export async function startTestStacks(): Promise<TestStacks> {
  const localStack = startLocalStack(await freePort())
  const { endpoint } = localStack
  const prepare = async () => {
    await Promise.all([localStack.ready, awsCli()])
    await bootstrap(endpoint)
    const stacks = await deployTestStacks(endpoint)
    return { ...localEnvironment(endpoint), ITEMWISE_TEST_STACKS: JSON.stringify(stacks) }
  }
  return { ready: prepare(), stop: localStack.stop }
}

/** The outputs of the stacks, and what the tests have to know of each besides. */
async function deployTestStacks(endpoint: string): Promise<Record<string, unknown>[]> {
  const stacks = await Promise.all(names.map(async (stackName) => ({ stackName, anthropicPort: await freePort() })))
  const all = await deployStacks(
    endpoint,
    stacks.map((stack) => ({ settings: testSettings(stack), apiKey: testKey })),
  )
  return stacks.map((stack, at) => ({ ...all[at], ...stack, endpoint }))
}

/** The settings of a stack of the tests. */
export function testSettings({
  stackName,
  anthropicPort,
}: {
  stackName: string
  anthropicPort: number
}): Record<string, string> {
  // A batch that times out is a test; with 15 minutes it would be a long one. More than 8 Lambdas at once help nobody on two cores.
  return {
    stackName,
    anthropicBaseUrl: `http://127.0.0.1:${anthropicPort}`,
    processTimeoutSeconds: '30',
    mapConcurrency: '8',
    removeOnDelete: 'true',
  }
}
