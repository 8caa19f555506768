import { Match } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { readable, synthesise } from './synthesised.ts'

const { template } = synthesise()

test('the machine is STANDARD and traced, and logs errors without the data of an execution: a request holds prompts', () => {
  template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
    StateMachineType: 'STANDARD',
    TracingConfiguration: { Enabled: true },
    LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
  })
})

test('its longest run and most chunks at once are settings', () => {
  const said = synthesise({ runTimeoutHours: '0.5', mapConcurrency: '8' }).template
  const [machine] = Object.values(said.findResources('AWS::StepFunctions::StateMachine'))
  const text = readable(machine!.Properties.DefinitionString)
  expect(JSON.parse(text).TimeoutSeconds).toBe(1800)
  expect([...text.matchAll(/\$min\(\[\$states\.input\.map_concurrency, (\d+)\]\)/g)].map(([, most]) => most)).toEqual([
    '8',
  ])
})

test('executions that end badly go to fail, and what it cannot take to a queue', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [{ Ref: Match.anyValue() }], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    Targets: [
      Match.objectLike({
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('failFunction'), 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Unmarked'), 'Arn'] } },
      }),
    ],
  })
  template.hasResourceProperties('AWS::Lambda::Function', {
    DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Unmarked'), 'Arn'] } },
  })
  template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 })
})

test('every end of an execution is told to a topic, in words', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: Match.objectLike({
      detail: Match.objectLike({ status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] }),
    }),
    Targets: [
      Match.objectLike({
        InputTransformer: {
          InputPathsMap: Match.anyValue(),
          InputTemplate: Match.stringLikeRegexp('The Itemwise run <.*> has ended: <.*>'),
        },
      }),
    ],
  })
})
