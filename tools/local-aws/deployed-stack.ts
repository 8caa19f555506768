/** Puts the stack on LocalStack, as `npx cdk deploy` does on AWS. */
import type { SpawnOptions } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { runQuietly } from '../child-process.ts'

const root = resolve(import.meta.dirname, '../..')
const cdkProgram = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk')
const account = '000000000000'
const region = 'us-east-1'

/** What any program needs to work with LocalStack instead of AWS. */
export function localEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
}

export interface Deploying {
  endpoint: string
  /** Settings of the stack (docs/aws.md). */
  settings: Record<string, string>
  /** The key that goes into the stack's secret. */
  apiKey: string
}

/** Makes LocalStack ready for CDK: once, before any stack is deployed. */
export function bootstrap(endpoint: string): Promise<void> {
  // Where there is no cdk.json, CDK does not make the whole app first, of which it needs nothing here.
  return cdk(endpoint, ['bootstrap', `aws://${account}/${region}`], { cwd: tmpdir() })
}

/** Deploys a stack and returns its outputs by name. Throws with what CDK printed. */
export async function deployStack({ endpoint, settings, apiKey }: Deploying): Promise<Record<string, string>> {
  const { stackName = 'Itemwise' } = settings
  const folder = resolve(root, 'node_modules/.cache/itemwise-cdk', new URL(endpoint).port + stackName)
  try {
    await cdk(endpoint, ['deploy', '--require-approval', 'never', '--output', folder, ...contextOf(settings)])
  } finally {
    // 25 MB that nobody asks for again.
    rmSync(folder, { recursive: true, force: true })
  }
  return withKey(endpoint, stackName, apiKey)
}

/** Deploys several stacks at once, from the CDK app of the tests, and returns their outputs in the same order. */
export async function deployStacks(
  endpoint: string,
  stacks: Omit<Deploying, 'endpoint'>[],
): Promise<Record<string, string>[]> {
  const folder = resolve(root, 'node_modules/.cache/itemwise-cdk', `${new URL(endpoint).port}-stacks`)
  const all = stacks.map(({ settings }) => ({ account, region, ...settings }))
  const words = ['deploy', '--all', '--concurrency', String(all.length), '--require-approval', 'never']
  try {
    const env = { ITEMWISE_TEST_SETTINGS: JSON.stringify(all) }
    await cdk(endpoint, [...words, '--app', 'node tools/local-aws/app.ts', '--output', folder], { env })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return Promise.all(
    stacks.map(async ({ settings, apiKey }) => withKey(endpoint, settings.stackName ?? 'Itemwise', apiKey)),
  )
}

/** Puts the key into the secret of a stack that is deployed, and returns the stack's outputs. */
async function withKey(endpoint: string, stackName: string, apiKey: string): Promise<Record<string, string>> {
  const outputs = await stackOutputs(endpoint, stackName)
  await secretsManager(endpoint).send(new PutSecretValueCommand({ SecretId: outputs.SecretArn, SecretString: apiKey }))
  return outputs
}

/** Removes a stack; what it retains stays. Throws with what CDK printed. */
export async function destroyStack({ endpoint, settings }: Omit<Deploying, 'apiKey'>): Promise<void> {
  const { stackName = 'Itemwise' } = settings
  const folder = resolve(root, 'node_modules/.cache/itemwise-cdk', `${new URL(endpoint).port}${stackName}-destroy`)
  try {
    await cdk(endpoint, ['destroy', '--force', '--output', folder, ...contextOf(settings)])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function contextOf(settings: Record<string, string>): string[] {
  return Object.entries({ account, region, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function cdk(endpoint: string, words: string[], { env: more = {}, ...options }: SpawnOptions = {}): Promise<void> {
  const env = { ...process.env, ...localEnvironment(endpoint), CI: 'true', ...more }
  return runQuietly(process.execPath, [cdkProgram, ...words], { cwd: root, env, ...options })
}

const clientOptions = (endpoint: string) => ({
  endpoint,
  region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

function secretsManager(endpoint: string): SecretsManagerClient {
  return new SecretsManagerClient(clientOptions(endpoint))
}

async function stackOutputs(endpoint: string, name: string): Promise<Record<string, string>> {
  const client = new CloudFormationClient(clientOptions(endpoint))
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }))
  const outputs = Stacks?.[0]?.Outputs ?? []
  return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
}
