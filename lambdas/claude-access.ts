/** How a Lambda reaches Claude: with a key from Secrets Manager, or with its role. The key is read once and never leaves the process. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ModelUnavailable, RequestRefused } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { keyIn, keyProblem } from '../models/claude/api-key.ts'
import { variable } from './environment.ts'

let live: Promise<Model> | undefined

/** The model that answers for a run: the stand-in if the run started with it. Throws ModelUnavailable. */
export async function modelFor(store: Store, ref: VersionRef): Promise<Model> {
  if (!(await readRun(store, ref)).stand_in) return theModel()
  const { StandIn } = await import('../models/offline/stand-in.ts')
  return new StandIn()
}

/** The one that is paid for. Throws ModelUnavailable. */
export async function theModel(): Promise<Model> {
  live ??= liveModel()
  // If there was no key yet, the next call looks again.
  live.catch(() => {
    live = undefined
  })
  return live
}

/** Reads the key anew at the next call, so that a corrected key takes effect without waiting for warm Lambdas to go. */
export function forgetModel(): void {
  live = undefined
}

async function liveModel(): Promise<Model> {
  const { LiveModel } = await import('../models/claude/live.ts')
  const baseURL = process.env.ANTHROPIC_BASE_URL
  if (process.env.CLAUDE_ACCESS === 'iam') {
    const { signedClient } = await import('../models/claude/signed-client.ts')
    return new LiveModel({ client: signedClient, keyFrom: 'the role of the Lambda process (claudeAccess iam)' })
  }
  const keyFrom = `the secret ${variable('SECRET')}`
  return new LiveModel({ apiKey: await readKey(), keyFrom, ...(baseURL ? { baseURL } : {}) })
}

async function readKey(): Promise<string> {
  const secret = variable('SECRET')
  const text = await secretText(secret)
  if (text === '') throw new ModelUnavailable(noKey(secret))
  return text
}

/** Empty if nobody has put a key in yet. */
async function secretText(SecretId: string): Promise<string> {
  try {
    const command = new GetSecretValueCommand({ SecretId })
    const { SecretString, SecretBinary } = await new SecretsManagerClient({}).send(command)
    // `--secret-binary fileb://…` keeps the same text as bytes. Bytes that are no text are refused as characters that cannot be sent.
    return SecretString ?? Buffer.from(SecretBinary ?? []).toString('utf8')
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return ''
    throw error
  }
}

/** Refuses a run that cannot reach the model, before it begins a version: the key is missing or cannot be sent. Throws RequestRefused. */
export async function throwWithoutAccess(): Promise<void> {
  if (process.env.CLAUDE_ACCESS === 'iam') return
  const secret = variable('SECRET')
  const text = await secretText(secret)
  if (text === '') throw new RequestRefused([noKey(secret)])
  const { problem } = keyIn(text)
  if (problem !== null) throw new RequestRefused([keyProblem(problem, `the secret ${secret}`)])
}

function noKey(secret: string): string {
  return `There is no API key in the secret ${secret}, so nothing was started. Put it there (aws secretsmanager put-secret-value --secret-id ${secret} --secret-string file://claude.key), or run with offline: true for made-up answers that cost nothing.`
}
