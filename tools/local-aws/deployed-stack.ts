/** Puts the stack on LocalStack, as `npx cdk deploy` does on AWS. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

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

/** Bootstraps, deploys and returns the stack's outputs by name. Throws with what CDK printed. */
export async function deployStack({ endpoint, settings, apiKey }: Deploying): Promise<Record<string, string>> {
  const context = Object.entries({ account, region, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  await cdk(endpoint, ['bootstrap', `aws://${account}/${region}`, ...context])
  await cdk(endpoint, ['deploy', '--require-approval', 'never', ...context])
  const outputs = await stackOutputs(endpoint, settings.stackName ?? 'Itemwise')
  await secretsManager(endpoint).send(new PutSecretValueCommand({ SecretId: outputs.SecretArn, SecretString: apiKey }))
  return outputs
}

export async function destroyStack(endpoint: string, settings: Record<string, string>): Promise<void> {
  const context = Object.entries({ account, region, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  await cdk(endpoint, ['destroy', '--force', ...context])
}

function cdk(endpoint: string, words: string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [cdkProgram, ...words, '--output', resolve(root, 'node_modules/.cache/itemwise-cdk', new URL(endpoint).port)],
    {
      cwd: root,
      env: { ...process.env, ...localEnvironment(endpoint), CI: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text))
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', (code) =>
      code === 0 ? done() : failed(new Error(`cdk ${words[0]} ended with ${code}:\n${printed}`)),
    )
  })
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
