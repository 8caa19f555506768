/** What an account asks of a stack: tags, a boundary, keys, and topics that only it may use. */
import type { Template } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { readable, resourcesOf, synthesise } from './synthesised.ts'

const topicKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/mine'
const permissionsBoundaryArn = 'arn:aws:iam::123456789012:policy/Boundary'
const all = synthesise({ tags: '{"team":"content"}', topicKeyArn, permissionsBoundaryArn }).template
const none = synthesise().template

test('tags are on everything that takes tags', () => {
  for (const type of [
    'AWS::S3::Bucket',
    'AWS::Lambda::Function',
    'AWS::IAM::Role',
    'AWS::StepFunctions::StateMachine',
    'AWS::SNS::Topic',
  ]) {
    for (const { Tags } of Object.values(resourcesOf(all, type)))
      expect(Tags, type).toContainEqual({ Key: 'team', Value: 'content' })
  }
})

test('the permissions boundary is that of every role', () => {
  const roles = (of: Template) => Object.values(resourcesOf(of, 'AWS::IAM::Role'))
  const boundaries = roles(all).map(({ PermissionsBoundary }) => PermissionsBoundary)
  expect([boundaries.length > 8, new Set(boundaries)]).toEqual([true, new Set([permissionsBoundaryArn])])
  expect(roles(none).filter(({ PermissionsBoundary }) => PermissionsBoundary !== undefined)).toEqual([])
})

test('topics are encrypted with a key of the account if there is one, and the queue always is', () => {
  const keys = (of: Template) =>
    Object.values(resourcesOf(of, 'AWS::SNS::Topic')).map(({ KmsMasterKeyId }) => KmsMasterKeyId)
  expect(keys(all)).toEqual([topicKeyArn, topicKeyArn])
  expect(keys(none)).toEqual([undefined, undefined])
  none.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true })
})

/** EventBridge does not say for which account it sends to a topic, so a condition on that would let no message through. */
test('of the topics, only that of ended runs takes messages without aws:SourceAccount', () => {
  const policies = resourcesOf(none, 'AWS::SNS::TopicPolicy')
  const unbound = Object.entries(policies).flatMap(([name, { PolicyDocument }]) =>
    (
      PolicyDocument as { Statement: { Effect: string; Condition?: object; Principal: { Service?: string } }[] }
    ).Statement.filter(
      ({ Effect, Condition }) => Effect === 'Allow' && !JSON.stringify(Condition ?? {}).includes('aws:SourceAccount'),
    ).map(({ Principal }) => `${name}: ${Principal.Service}`),
  )
  expect(unbound).toEqual(['EndingsEndedPolicy: events.amazonaws.com'])
})

test('the runbook finds the queue and the Lambda in the outputs', () => {
  const { UnmarkedQueueUrl, FailFunctionName } = none.toJSON().Outputs
  expect([readable(UnmarkedQueueUrl.Value), readable(FailFunctionName.Value)]).toEqual([
    '<FunctionsUnmarked>',
    '<FunctionsfailFunction>',
  ])
})
