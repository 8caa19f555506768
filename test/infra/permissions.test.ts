/** What each role may do, to the letter. LocalStack enforces none of it, so the template is what there is to hold. */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { resourcesOf, synthesise } from './synthesised.ts'

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: string | string[]
  Condition?: unknown
}

/** `action resource`, and what it is bound to. */
function permissions(said: Record<string, unknown> = {}): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  const policies = resourcesOf(synthesise(said).template, 'AWS::IAM::Policy')
  for (const { Roles, PolicyDocument } of Object.values(policies)) {
    for (const statement of (PolicyDocument as { Statement: Statement[] }).Statement) {
      for (const role of Roles as string[]) found[role] = [...(found[role] ?? []), ...lines(statement)].sort()
    }
  }
  return found
}

const bounds = {
  '': undefined,
  ' of progress#*': {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['progress#*'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
  ' but not of reviews#*': {
    'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': ['reviews#*'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
}

function lines({ Effect, Action, Resource, Condition }: Statement): string[] {
  expect(Effect).toBe('Allow')
  expect(Object.values(bounds)).toContainEqual(Condition)
  const [bound] = Object.entries(bounds).find(([, condition]) => isDeepStrictEqual(condition, Condition))!
  return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resource}${bound}`))
}

const bucket = '<StorageBucket.Arn>'
const table = '<StorageTable.Arn>'
const secret = '<ClaudeKeySecret>'
const machine = '<StateMachine>'
const executions = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<StateMachine.Name>:*'

const list = `s3:ListBucket ${bucket}`
const readAll = [list, `s3:GetObject ${bucket}/*`]
const readOutputs = [list, `s3:GetObject ${bucket}/outputs/*`]
const outputs = (...names: string[]) => names.map((name) => `s3:${name} ${bucket}/outputs/*`)
const readRecords = [`dynamodb:GetItem ${table}`, `dynamodb:Query ${table}`]
const listPipelines = [`dynamodb:Query ${table}/index/listed`]
const writeRecords = [`dynamodb:UpdateItem ${table}`]
const writeVersions = [`dynamodb:UpdateItem ${table} but not of reviews#*`]
const progress = [`dynamodb:GetItem ${table} of progress#*`, `dynamodb:UpdateItem ${table} of progress#*`]
const endClaim = `dynamodb:DeleteItem ${table} of progress#*`
const removeProgress = ['BatchWriteItem', 'DeleteItem'].map((name) => `dynamodb:${name} ${table} of progress#*`)

/** Every Lambda may write its own log and its traces, and nothing else that is not said. */
function lambda(name: string, ...more: string[][]): [string, string[]] {
  const own = [
    `logs:CreateLogStream <Functions${name}Log.Arn>`,
    `logs:PutLogEvents <Functions${name}Log.Arn>`,
    'xray:PutTelemetryRecords *',
    'xray:PutTraceSegments *',
  ]
  return [`<Functions${name}Role>`, [...own, ...more.flat()].sort()]
}

const logDelivery = [
  'CreateLogDelivery',
  'DeleteLogDelivery',
  'DescribeLogGroups',
  'DescribeResourcePolicies',
  'GetLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'UpdateLogDelivery',
].map((name) => `logs:${name} *`)
const tracing = ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'].map(
  (name) => `xray:${name} *`,
)

test('each role has exactly the permissions that its work needs', () => {
  expect(permissions()).toEqual(
    Object.fromEntries([
      lambda(
        'open',
        readAll,
        outputs('PutObject', 'PutObjectTagging', 'AbortMultipartUpload', 'DeleteObject'),
        readRecords,
        listPipelines,
        writeVersions,
        removeProgress,
        [`secretsmanager:GetSecretValue ${secret}`],
      ),
      lambda('plan', readAll, outputs('PutObject', 'PutObjectTagging', 'AbortMultipartUpload'), progress),
      lambda(
        'process',
        readOutputs,
        outputs('PutObject', 'PutObjectTagging'),
        [...progress, endClaim],
        [
          `s3:DeleteObject ${bucket}/outputs/*/items/*_reply.txt`,
          `s3:DeleteObject ${bucket}/outputs/*/work/*_message_batch_*.json`,
          `secretsmanager:GetSecretValue ${secret}`,
        ],
      ),
      lambda(
        'collate',
        readOutputs,
        outputs('PutObject', 'PutObjectTagging', 'AbortMultipartUpload', 'DeleteObject'),
        progress,
      ),
      lambda('publish', readOutputs, outputs('PutObject', 'DeleteObject'), readRecords, writeVersions, removeProgress),
      lambda(
        'fail',
        readOutputs,
        outputs('PutObject', 'PutObjectTagging', 'AbortMultipartUpload', 'DeleteObject'),
        readRecords,
        writeVersions,
        ['sqs:SendMessage <FunctionsUnmarked.Arn>', `secretsmanager:GetSecretValue ${secret}`],
      ),
      lambda('api', readAll, readRecords, listPipelines, writeRecords, [
        `s3:PutObject ${bucket}/outputs/*/metadata.json`,
        `s3:PutObject ${bucket}/outputs/*/reviews/*.jsonl`,
        `s3:PutObject ${bucket}/outputs/_inputs/*`,
        `s3:PutObjectTagging ${bucket}/outputs/_inputs/*`,
        `states:DescribeExecution ${executions}`,
        `states:ListExecutions ${machine}`,
        `states:StartExecution ${machine}`,
        `states:StopExecution ${executions}`,
      ]),
      [
        '<StateMachineRole>',
        [
          // The versions that executions under way call, and the function itself for those that are older than its versions.
          ...['open', 'plan', 'process', 'collate', 'publish', 'fail'].flatMap((name) => [
            `lambda:InvokeFunction <Functions${name}Function.Arn>`,
            `lambda:InvokeFunction <Functions${name}Function.Arn>:*`,
          ]),
          'lambda:GetAccountSettings *',
          'lambda:GetFunctionConcurrency <FunctionsprocessFunction.Arn>',
          `dynamodb:UpdateItem ${table} of progress#*`,
          ...logDelivery,
          ...tracing,
          `s3:GetObject ${bucket}/outputs/*/work/*_batches.json`,
          `states:DescribeExecution ${executions}`,
          `states:StartExecution ${machine}`,
          `states:StopExecution ${executions}`,
        ].sort(),
      ],
    ]),
  )
})

test('plan, process and collate see nothing of the table but progress', () => {
  const all = permissions()
  const ofTable = (name: string) => all[`<Functions${name}Role>`]!.filter((line) => line.startsWith('dynamodb:'))
  for (const name of ['plan', 'collate']) expect(ofTable(name)).toEqual(progress)
  expect(ofTable('process')).toEqual([endClaim, ...progress])
})

test('no stage may write what people said of answers', () => {
  const all = permissions()
  for (const name of ['open', 'publish', 'fail'])
    expect(all[`<Functions${name}Role>`]!.filter((line) => line.startsWith('dynamodb:UpdateItem'))).toEqual(
      writeVersions,
    )
})

test('no permission is for any action, and * as a resource is only for traces, the delivery of logs and the limits of the account', () => {
  const all = Object.values(permissions()).flat()
  expect(all.filter((line) => line.split(' ')[0]!.includes('*'))).toEqual([])
  const anywhere = all.filter((line) => line.endsWith(' *')).map((line) => line.split(':')[0])
  expect([...new Set(anywhere)].sort()).toEqual(['lambda', 'logs', 'xray'])
  expect(all.filter((line) => /^lambda:.* \*$/.test(line))).toEqual(['lambda:GetAccountSettings *'])
})

test('with IAM, each may do with Claude what it does, in one workspace, and there is no secret', () => {
  const said = { claudeAccess: 'iam', anthropicWorkspaceId: 'wrkspc_1' }
  const all = permissions(said)
  const workspace = 'arn:<AWS::Partition>:aws-external-anthropic:<AWS::Region>:<AWS::AccountId>:workspace/wrkspc_1'
  const ofClaude = (name: string) =>
    all[`<Functions${name}Role>`]!.flatMap((line) => /anthropic:(\w+) (.+)$/.exec(line)?.slice(1, 3).join(' ') ?? [])
  const batches = ['Cancel', 'Create', 'Get', 'List'].map((act) => `${act}BatchInference ${workspace}`)
  expect(ofClaude('process').sort()).toEqual([...batches, `CreateInference ${workspace}`].sort())
  expect([ofClaude('open'), ofClaude('fail')]).toEqual([
    [`ListBatchInference ${workspace}`],
    [`CancelBatchInference ${workspace}`],
  ])
  for (const name of ['plan', 'collate', 'publish', 'api']) expect(ofClaude(name)).toEqual([])
  expect(JSON.stringify(all)).not.toContain('secretsmanager')
  synthesise(said).template.resourceCountIs('AWS::SecretsManager::Secret', 0)
})

test('the only policy of AWS in use is that of API Gateway for its logs', () => {
  const roles = Object.values(resourcesOf(synthesise().template, 'AWS::IAM::Role'))
  expect(roles.flatMap(({ ManagedPolicyArns }) => ManagedPolicyArns ?? [])).toEqual([
    'arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
  ])
})

describe('people', () => {
  /** What a managed policy allows. */
  function allowed(name: string): string[] {
    const [policy] = Object.entries(resourcesOf(synthesise().template, 'AWS::IAM::ManagedPolicy'))
      .filter(([id]) => id === `People${name}`)
      .map(([, properties]) => properties)
    const { Roles, Users, Groups, PolicyDocument } = policy as Record<string, unknown>
    expect([Roles, Users, Groups]).toEqual([undefined, undefined, undefined])
    return (PolicyDocument as { Statement: Statement[] }).Statement.flatMap(lines).sort()
  }
  const api = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiRest>/<ApiRestDeploymentStageprod>'
  const reader = [
    'cloudformation:DescribeStacks <AWS::StackId>',
    ...readAll,
    ...readRecords,
    ...listPipelines,
    `states:DescribeExecution ${executions}`,
    `execute-api:Invoke ${api}/GET/*`,
  ]

  test('a reader looks at everything and changes nothing', () => {
    expect(allowed('Reader')).toEqual([...reader].sort())
    const writing = /:(Put|Update|Delete|BatchWrite|Start|Stop|Create|Tag)/
    expect(allowed('Reader').filter((line) => writing.test(line))).toEqual([])
  })

  test('a runner also sends files, starts and stops runs and labels, and deletes nothing', () => {
    expect(allowed('Runner')).toEqual(
      [
        ...reader,
        `s3:PutObject ${bucket}/*`,
        `s3:AbortMultipartUpload ${bucket}/*`,
        `s3:PutObjectTagging ${bucket}/outputs/_inputs/*`,
        ...writeRecords,
        `states:StartExecution ${machine}`,
        `states:StopExecution ${executions}`,
        `execute-api:Invoke ${api}/*/*`,
      ].sort(),
    )
  })
})
