/** How a Lambda gets at Claude: with a key from Secrets Manager, or with its role. The key is read once and never leaves the process. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ModelUnavailable, RequestRefused } from '../core/errors.ts'
import type { Model } from '../core/model.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { keyIn, keyProblem } from '../models/claude/api-key.ts'
import { variable } from './environment.ts'

let live: Promise<Model> | undefined

/** The model that answers for a run: the stand-in where the run was begun with it. Throws ModelUnavailable. */
export async function modelFor(store: Store, ref: VersionRef): Promise<Model> {
  if ((await readRun(store, ref)).stand_in) {
    const { StandIn } = await import('../models/offline/stand-in.ts')
    return new StandIn()
  }
  live ??= liveModel()
  // A key that was not there yet is looked for again at the next call.
  live.catch(() => {
    live = undefined
  })
  return live
}

/** Asks for the key anew at the next call: whoever put a right one in place of a wrong one need not wait for warm Lambdas to go. */
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

/** Empty where nobody has put a key in yet. */
async function secretText(SecretId: string): Promise<string> {
  try {
    const { SecretString = '' } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId }))
    return SecretString
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return ''
    throw error
  }
}

/** Refuses a run that could ask nobody, before it begins a version: without a key, or with one that cannot be sent. Throws RequestRefused. */
export async function throwWithoutAccess(): Promise<void> {
  if (process.env.CLAUDE_ACCESS === 'iam') return
  const secret = variable('SECRET')
  const text = await secretText(secret)
  if (text === '') throw new RequestRefused([noKey(secret)])
  const { problem } = keyIn(text)
  if (problem !== null) throw new RequestRefused([keyProblem(problem, `the secret ${secret}`)])
}

function noKey(secret: string): string {
  return `There is no API key in the secret ${secret}, so nothing was started. Put it there (aws secretsmanager put-secret-value --secret-id ${secret} --secret-string …), or run with offline: true for made-up answers that cost nothing.`
}
