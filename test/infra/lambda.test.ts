import { describe, expect, test } from 'vitest'
import { resourcesOf, synthesise } from './synthesised.ts'

const names = ['open', 'plan', 'process', 'collate', 'publish', 'fail', 'api']
const { template } = synthesise()

interface FunctionProperties {
  Runtime: string
  Architectures: string[]
  MemorySize: number
  Timeout: number
  ReservedConcurrentExecutions?: number
  Environment: { Variables: Record<string, string> }
  [property: string]: unknown
}

function functionsOf(said: Record<string, unknown> = {}): Record<string, FunctionProperties> {
  const { template } = synthesise(said)
  return resourcesOf(template, 'AWS::Lambda::Function') as Record<string, FunctionProperties>
}

const functions = functionsOf()

test('there is one Lambda a stage, and one for the API; no custom resource brings another', () => {
  expect(Object.keys(functions).sort()).toEqual(names.map((name) => `Functions${name}Function`).sort())
  const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type)
  expect(types.filter((type) => /Custom/.test(type))).toEqual([])
})

test.each(names)('%s runs on Node 24 and arm64, is traced, and writes to a log of its own', (name) => {
  const { Runtime, Architectures, TracingConfig, LoggingConfig } = functions[`Functions${name}Function`]!
  expect({ Runtime, Architectures, TracingConfig, LoggingConfig }).toEqual({
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    TracingConfig: { Mode: 'Active' },
    LoggingConfig: { LogGroup: `<Functions${name}Log>` },
  })
})

test('memory and time are as the reasons in infra/lambda.ts say', () => {
  const sizes = names
    .map((name) => functions[`Functions${name}Function`]!)
    .map(({ MemorySize, Timeout }) => [MemorySize, Timeout])
  expect(Object.fromEntries(names.map((name, index) => [name, sizes[index]]))).toEqual({
    open: [1769, 900],
    plan: [1769, 900],
    process: [1024, 900],
    collate: [1769, 900],
    publish: [1024, 900],
    fail: [1769, 900],
    api: [1024, 29],
  })
})

describe('the environment', () => {
  const everyone = {
    BUCKET: '<StorageBucket>',
    TABLE: '<StorageTable>',
    POWERTOOLS_SERVICE_NAME: 'Itemwise',
    POWERTOOLS_METRICS_NAMESPACE: 'Itemwise',
    NODE_OPTIONS: '--enable-source-maps',
  }
  const variables = (name: string, all = functions) => all[`Functions${name}Function`]!.Environment.Variables

  test('names bucket and table to all, and the secret by its ARN to those who need it', () => {
    const claude = { CLAUDE_ACCESS: 'key', SECRET: '<ClaudeKeySecret>' }
    for (const name of ['collate', 'publish']) expect(variables(name)).toEqual(everyone)
    expect(variables('plan')).toEqual({ ...everyone, PROCESS_MEMORY_MB: '1024' })
    for (const name of ['open', 'process', 'fail']) expect(variables(name)).toEqual({ ...everyone, ...claude })
    expect(variables('api')).toEqual({ ...everyone, STATE_MACHINE: '<StateMachine>' })
  })

  test('has no secret with IAM', () => {
    const all = functionsOf({ claudeAccess: 'iam', anthropicWorkspaceId: 'wrkspc_1' })
    const claude = { CLAUDE_ACCESS: 'iam', ANTHROPIC_AWS_WORKSPACE_ID: 'wrkspc_1' }
    expect(variables('process', all)).toEqual({ ...everyone, ...claude })
  })

  test('tells only those who ask the model of another address', () => {
    const all = functionsOf({ anthropicBaseUrl: 'http://127.0.0.1:8000' })
    expect(variables('process', all).ANTHROPIC_BASE_URL).toBe('http://127.0.0.1:8000')
    expect(variables('collate', all)).toEqual(everyone)
  })
})

test('concurrency is reserved, and process sized and timed, as the settings say; plan is told its memory', () => {
  const said = { reservedConcurrency: '{"process": 50}', processTimeoutSeconds: '30', processMemoryMb: '512' }
  const all = functionsOf(said)
  const process = { ReservedConcurrentExecutions: 50, Timeout: 30, MemorySize: 512 }
  expect(all.FunctionsprocessFunction).toMatchObject(process)
  expect(all.FunctionsplanFunction?.Environment.Variables.PROCESS_MEMORY_MB).toBe('512')
  expect(all.FunctionsopenFunction!.ReservedConcurrentExecutions).toBeUndefined()
})

test('every log is kept for logDays', () => {
  const days = (said = {}) =>
    Object.values(resourcesOf(synthesise(said).template, 'AWS::Logs::LogGroup')).map(
      ({ RetentionInDays }) => RetentionInDays,
    )
  expect(days()).toEqual(Array(names.length + 2).fill(90))
  expect(days({ logDays: '7' })).toEqual(Array(names.length + 2).fill(7))
})

describe('the secret', () => {
  test('has no value, not even a generated one, until a person puts it in', () => {
    const [secret] = Object.values(resourcesOf(template, 'AWS::SecretsManager::Secret'))
    expect(Object.keys(secret!)).toEqual(['Description'])
  })
})
