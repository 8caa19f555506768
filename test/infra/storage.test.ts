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

  test('lets go of what is tagged as work after workDays, of uploads that nobody ended after 3, of old files, and of nothing else', () => {
    const rulesOf = (said = {}) =>
      Object.values(resourcesOf(synthesise(said).template, 'AWS::S3::Bucket'))[0]!.LifecycleConfiguration
    const rules = (days: number) => ({
      Rules: [
        { Id: 'work', Status: 'Enabled', ExpirationInDays: days, TagFilters: [{ Key: 'itemwise', Value: 'work' }] },
        { Id: 'aborted-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } },
        {
          Id: 'old-files',
          Status: 'Enabled',
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          ExpiredObjectDeleteMarker: true,
        },
      ],
    })
    expect(rulesOf()).toEqual(rules(90))
    expect(rulesOf({ workDays: '30' })).toEqual(rules(30))
  })
})

describe('old files', () => {
  const versioning = (said = {}) => {
    const [bucket] = Object.values(resourcesOf(synthesise(said).template, 'AWS::S3::Bucket'))
    const { Rules } = bucket!.LifecycleConfiguration as { Rules: Record<string, { NoncurrentDays?: number }>[] }
    return [bucket!.VersioningConfiguration, Rules.at(-1)!.NoncurrentVersionExpiration!.NoncurrentDays]
  }

  test('are kept for oldFileDays, so that what was overwritten or deleted can be brought back', () => {
    expect(versioning()).toEqual([{ Status: 'Enabled' }, 30])
    expect(versioning({ oldFileDays: '7' })).toEqual([{ Status: 'Enabled' }, 7])
  })

  test('are not kept with 0, and those that there are go', () => {
    expect(versioning({ oldFileDays: '0' })).toEqual([undefined, 1])
  })

  test('cannot be deleted by any Lambda', () => {
    const allowed = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).map((policy) => JSON.stringify(policy))
    expect(allowed.join()).toContain('"s3:DeleteObject"')
    expect(allowed.join()).not.toContain('ObjectVersion')
  })
})

describe('an adopted bucket and table', () => {
  const said = { bucketName: 'old-bucket', tableName: 'old-table' }
  const adopting = synthesise(said).template

  test('are named, and the stack makes and changes neither', () => {
    for (const type of [
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
      'AWS::DynamoDB::GlobalTable',
      'AWS::DynamoDB::Table',
    ])
      adopting.resourceCountIs(type, 0)
    const { BucketName, TableName } = adopting.toJSON().Outputs
    expect([BucketName.Value, TableName.Value]).toEqual(['old-bucket', 'old-table'])
  })

  test('are what every Lambda works with, with the same permissions', () => {
    for (const { Environment } of Object.values(resourcesOf(adopting, 'AWS::Lambda::Function')))
      expect((Environment as { Variables: object }).Variables).toMatchObject({
        BUCKET: 'old-bucket',
        TABLE: 'old-table',
      })
    const policies = (of: Template) =>
      Object.values(resourcesOf(of, 'AWS::IAM::Policy')).map((each) => JSON.stringify(each))
    const own = policies(template).map((text) =>
      text
        .replaceAll('<StorageBucket.Arn>', 'arn:<AWS::Partition>:s3:::old-bucket')
        .replaceAll(
          '<StorageTable.Arn>',
          'arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/old-table',
        ),
    )
    expect(policies(adopting)).toEqual(own)
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

  test('lets go of records that say when', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
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

test('a stack with deletionProtection cannot be deleted by a slip', () => {
  const isProtected = (said = {}) => synthesise(said).stack.terminationProtection
  expect([
    isProtected(),
    isProtected({ deletionProtection: 'false' }),
    isProtected({ removeOnDelete: 'true' }),
  ]).toEqual([true, false, false])
})
