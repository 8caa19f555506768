import { expect, test } from 'vitest'
import { resourcesOf, synthesise } from './synthesised.ts'

const { template } = synthesise()

test('every method takes signed requests only, and hands them to the Lambda, those of the root too', () => {
  const methods = Object.values(resourcesOf(template, 'AWS::ApiGateway::Method'))
  expect(methods.map(({ Integration }) => (Integration as { Type: string }).Type)).toEqual(['AWS_PROXY', 'AWS_PROXY'])
  expect(methods.map(({ AuthorizationType, HttpMethod }) => [HttpMethod, AuthorizationType])).toEqual([
    ['ANY', 'AWS_IAM'],
    ['ANY', 'AWS_IAM'],
  ])
})

test('the stage logs who asked, traces, throttles, and never logs a body', () => {
  const [stage] = Object.values(resourcesOf(template, 'AWS::ApiGateway::Stage'))
  expect(stage).toMatchObject({
    AccessLogSetting: {
      DestinationArn: expect.stringContaining('log-group:<ApiAccessLog>'),
      Format: expect.stringMatching(/"caller":"\$context\.identity\.userArn".+"path":"\$context\.path"/),
    },
    MethodSettings: [
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        DataTraceEnabled: false,
        LoggingLevel: 'ERROR',
        ThrottlingRateLimit: 20,
        ThrottlingBurstLimit: 40,
      },
    ],
    TracingEnabled: true,
  })
})

test('the stack tells what the command line looks for, by these names', () => {
  const outputs = (said = {}) => Object.keys(synthesise(said).template.toJSON().Outputs).sort()
  const names = [
    ...[
      'AlarmTopicArn',
      'ApiUrl',
      'BucketName',
      'EndedTopicArn',
      'FailFunctionName',
      'ReaderPolicyArn',
      'RunnerPolicyArn',
    ],
    ...['SecretArn', 'StateMachineArn', 'TableName', 'UnmarkedQueueUrl'],
  ]
  expect(outputs()).toEqual(names)
  expect(outputs({ claudeAccess: 'iam', anthropicWorkspaceId: 'wrkspc_1' })).toEqual(
    names.filter((name) => name !== 'SecretArn'),
  )
})
