import { Match, type Template } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { resourcesOf, synthesise } from './synthesised.ts'

const { template } = synthesise()

/** What happens to a resource when the stack goes. */
function deletionPolicy(of: Template, type: string): string {
  return Object.values(of.findResources(type))[0]!.DeletionPolicy
}

describe('the bucket', () => {
  test('is encrypted, private, and its owner owns every object', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    })
  })

  test('refuses whoever comes without TLS 1.2', () => {
    const [policy] = Object.values(resourcesOf(template, 'AWS::S3::BucketPolicy'))
    const everything = {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: ['<StorageBucket.Arn>', '<StorageBucket.Arn>/*'],
    }
    expect((policy!.PolicyDocument as { Statement: unknown }).Statement).toEqual([
      { ...everything, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { ...everything, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
    ])
  })

  test('lets go of what is tagged as work after workDays, of uploads that nobody ended after 3, and of nothing else', () => {
    const rulesOf = (said = {}) =>
      Object.values(resourcesOf(synthesise(said).template, 'AWS::S3::Bucket'))[0]!.LifecycleConfiguration
    const rules = (days: number) => ({
      Rules: [
        { Id: 'work', Status: 'Enabled', ExpirationInDays: days, TagFilters: [{ Key: 'itemwise', Value: 'work' }] },
        { Id: 'aborted-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } },
      ],
    })
    expect(rulesOf()).toEqual(rules(90))
    expect(rulesOf({ workDays: '30' })).toEqual(rules(30))
  })
})

describe('the table', () => {
  test('is on demand, with point-in-time recovery and deletion protection', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pipeline', KeyType: 'HASH' },
        { AttributeName: 'record', KeyType: 'RANGE' },
      ],
      Replicas: [
        { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      ],
    })
  })

  test('lists the pipelines by a sparse index', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      GlobalSecondaryIndexes: [
        Match.objectLike({
          IndexName: 'listed',
          KeySchema: [
            { AttributeName: 'listed', KeyType: 'HASH' },
            { AttributeName: 'pipeline', KeyType: 'RANGE' },
          ],
        }),
      ],
    })
  })
})

test.each(['AWS::S3::Bucket', 'AWS::DynamoDB::GlobalTable'])('%s stays when the stack goes, unless asked', (type) => {
  expect(deletionPolicy(template, type)).toBe('Retain')
  const removed = synthesise({ removeOnDelete: 'true' }).template
  expect(deletionPolicy(removed, type)).toBe('Delete')
  removed.hasResourceProperties('AWS::DynamoDB::GlobalTable', { Replicas: [{ DeletionProtectionEnabled: false }] })
})
