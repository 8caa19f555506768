import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { figureNames } from '../../infra/figures.ts'
import { resourcesOf, synthesise } from './synthesised.ts'

const root = join(import.meta.dirname, '../..')
const { template } = synthesise()
const alarms = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm'))

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  )
}

test('every alarm calls the topic, and says what to do in a part of the runbook that is there', () => {
  const anchors = anchorsOf('docs/runbook.md')
  for (const { AlarmDescription, AlarmActions } of alarms) {
    const [, anchor] = /docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription as string) ?? []
    expect(anchors).toContain(anchor)
    expect(AlarmActions).toEqual(['<ObservabilityAlarmTopic>'])
  }
})

test('there are alarms on failed and timed-out runs, failed items, throttling, spend, late batches and unmarked runs', () => {
  expect(Object.keys(resourcesOf(template, 'AWS::CloudWatch::Alarm'))).toEqual(
    [
      ...['FailedRuns', 'TimedOutRuns', 'FailedItems', 'ModelThrottled', 'LambdasThrottled', 'Spend'],
      ...['LateBatches', 'UnmarkedRuns'],
    ].map((name) => `ObservabilityAlarms${name}`),
  )
  for (const { TreatMissingData, ComparisonOperator } of alarms) {
    expect(TreatMissingData).toBe('notBreaching')
    expect(ComparisonOperator).toBe('GreaterThanThreshold')
  }
})

test('their thresholds are settings', () => {
  const said = synthesise({ failedSharePercent: '5', throttlesPerFiveMinutes: '7', spendUsdPerHour: '1.5' }).template
  const thresholds = Object.values(resourcesOf(said, 'AWS::CloudWatch::Alarm')).map(({ Threshold }) => Threshold)
  expect(thresholds).toEqual([0, 0, 5, 7, 0, 1.5, 0, 0])
})

test('the figures are those that the Lambdas emit, of this stack alone', () => {
  const lambdas = ['heartbeat', 'fail', 'half-price']
    .map((name) => readFileSync(join(root, `lambdas/${name}.ts`), 'utf8'))
    .join('')
  const emitted = [...lambdas.matchAll(/addMetric\('(\w+)'/g)].map(([, name]) => name)
  expect(emitted.sort()).toEqual(figureNames.toSorted())
  const other = synthesise({ stackName: 'Second' }).template
  expect(JSON.stringify(resourcesOf(other, 'AWS::CloudWatch::Alarm'))).toContain('{"Name":"service","Value":"Second"}')
})

test('the alarms of the account may use the topic, and nobody may without TLS', () => {
  const policies = resourcesOf(template, 'AWS::SNS::TopicPolicy')
  expect(policies.ObservabilityAlarmTopicPolicy!.PolicyDocument).toMatchObject({
    Statement: [
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } },
      },
    ],
  })
})

test('alarmEmail is subscribed', () => {
  template.resourceCountIs('AWS::SNS::Subscription', 0)
  synthesise({ alarmEmail: 'me@example.com' }).template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'me@example.com',
  })
})

test('the dashboard shows the alarms and every figure', () => {
  const [dashboard] = Object.values(resourcesOf(template, 'AWS::CloudWatch::Dashboard'))
  for (const name of figureNames) expect(dashboard!.DashboardBody).toContain(name)
})
