/** The app as a person runs it, and what cdk-nag says of it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stack, Validations } from 'aws-cdk-lib'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { afterAll, expect, test } from 'vitest'
import { flow } from '../../core/flow.ts'
import { synthesise } from './synthesised.ts'

const home = mkdtempSync(join(tmpdir(), 'itemwise-synth-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const root = join(import.meta.dirname, '../..')
const cdk = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk')

/** With neither account, credentials nor network configured. */
function synth(...words: string[]) {
  return spawnSync(process.execPath, [cdk, 'synth', '--quiet', '--output', join(home, 'out'), ...words], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: home, CI: 'true', AWS_EC2_METADATA_DISABLED: 'true' },
    encoding: 'utf8',
  })
}

test('cdk synth works with no settings and no account, and bundles every Lambda', () => {
  const { status, stderr } = synth()
  expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
  const bundles = readdirSync(join(home, 'out'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('index.mjs'),
  )
  expect(bundles).toHaveLength(7)
  // Step Functions matches names: they have to outlive the minifier.
  const code = bundles.map((name) => readFileSync(join(home, 'out', name), 'utf8')).join()
  for (const name of [...flow.nothingToDo, ...flow.retried.ours])
    expect(code).toMatch(new RegExp(`name=["'\`]${name}["'\`]`))
})

test('a wrong setting is told before anything is made', () => {
  const { status, stderr } = synth('-c', 'mapConcurrency=0', '-c', 'stackNam=Other')
  expect(status).toBe(1)
  expect(stderr).toContain('There is no setting stackNam. Did you mean stackName?')
  expect(stderr).toContain('The setting mapConcurrency ("0") is wrong')
})

function findings(stack: Stack): string[] {
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack)
  return violations.map(({ ruleName }) => ruleName)
}

test.each([
  ['a key', {}],
  ['IAM', { claudeAccess: 'iam', anthropicWorkspaceId: 'wrkspc_1' }],
  [
    'everything set',
    {
      ...{ alarmEmail: 'me@example.com', removeOnDelete: true, account: '123456789012', region: 'eu-central-1' },
      ...{ oldFileDays: 0, tags: { team: 'content' }, topicKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1' },
      permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/Boundary',
    },
  ],
  ['an adopted bucket and table', { bucketName: 'old-bucket', tableName: 'old-table' }],
])('cdk-nag finds nothing, with %s', (_, said) => {
  expect(findings(synthesise(said, { isValidated: true }).stack)).toEqual([])
})

test('cdk-nag would find something', () => {
  const stack = new Stack()
  new Bucket(stack, 'Open')
  expect(findings(stack)).toContain('AwsSolutions-S10')
})

test('what cdk-nag is told to let pass has a reason each, and is this', () => {
  const accepted = new Map<string, string>()
  const collect = (construct: IConstruct): void => {
    for (const { type, data } of construct.node.metadata) {
      if (type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        for (const [id, reason] of Object.entries(data)) accepted.set(id, String(reason))
    }
    construct.node.children.forEach(collect)
  }
  collect(synthesise().stack)
  expect([...accepted.keys()].map((id) => id.replace(/<(\w+?)[0-9A-F]{8}\./g, '<$1.')).sort()).toMatchInlineSnapshot(`
    [
      "Annotation::AwsSolutions-APIG2",
      "Annotation::AwsSolutions-APIG3",
      "Annotation::AwsSolutions-COG4",
      "Annotation::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
      "Annotation::AwsSolutions-IAM5[Resource::*]",
      "Annotation::AwsSolutions-IAM5[Resource::<FunctionscollateFunction.Arn>:*]",
      "Annotation::AwsSolutions-IAM5[Resource::<FunctionsfailFunction.Arn>:*]",
      "Annotation::AwsSolutions-IAM5[Resource::<FunctionsopenFunction.Arn>:*]",
      "Annotation::AwsSolutions-IAM5[Resource::<FunctionsplanFunction.Arn>:*]",
      "Annotation::AwsSolutions-IAM5[Resource::<FunctionsprocessFunction.Arn>:*]",
      "Annotation::AwsSolutions-IAM5[Resource::<FunctionspublishFunction.Arn>:*]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/*]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/outputs/*/items/*_reply.txt]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/outputs/*/metadata.json]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/outputs/*/reviews/*.jsonl]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/outputs/*/work/*_batches.json]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/outputs/*/work/*_message_batch_*.json]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/outputs/*]",
      "Annotation::AwsSolutions-IAM5[Resource::<StorageBucket.Arn>/outputs/_inputs/*]",
      "Annotation::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiRest4DEC74FE>/<ApiRestDeploymentStageprodE136C09A>/*/*]",
      "Annotation::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiRest4DEC74FE>/<ApiRestDeploymentStageprodE136C09A>/GET/*]",
      "Annotation::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<StateMachine.Name>:*]",
      "Annotation::AwsSolutions-S1",
      "Annotation::AwsSolutions-SF1",
      "Annotation::AwsSolutions-SMG4",
    ]
  `)
  for (const reason of accepted.values()) expect(reason.split(' ').length).toBeGreaterThan(5)
})
