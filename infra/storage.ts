/** Where a workspace is kept: the bucket with its files, and the table with its versions. Both are new, or both were there before. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { AttributeType, Billing, type ITableV2, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Settings } from './settings.ts'

export class Storage extends Construct {
  readonly bucket: IBucket
  readonly table: ITableV2

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { bucketName, tableName } = settings
    const removalPolicy = settings.removeOnDelete ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN
    // The stack names what it adopts and changes nothing about it, so no update and no removal of the stack can harm it.
    this.bucket =
      bucketName === undefined
        ? this.#bucket(settings, removalPolicy)
        : Bucket.fromBucketName(this, 'AdoptedBucket', bucketName)
    this.table =
      tableName === undefined
        ? this.#table(settings, removalPolicy)
        : TableV2.fromTableName(this, 'AdoptedTable', tableName)
  }

  #bucket(settings: Settings, removalPolicy: RemovalPolicy): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // No Lambda may delete an old file for good, whatever it deletes.
      versioned: settings.oldFileDays > 0,
      removalPolicy,
      lifecycleRules: lifecycleOf(settings),
    })
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only roles of this account read and write here; CloudTrail data events name the caller, which server access logs do not, and a bucket for logs would need the same care again.',
    })
    return bucket
  }

  #table({ deletionProtection }: Settings, removalPolicy: RemovalPolicy): TableV2 {
    return new TableV2(this, 'Table', {
      partitionKey: { name: 'pipeline', type: AttributeType.STRING },
      sortKey: { name: 'record', type: AttributeType.STRING },
      // Only a pipeline's `latest` has the attribute `listed`: the index lists pipelines without a scan.
      globalSecondaryIndexes: [
        {
          indexName: 'listed',
          partitionKey: { name: 'listed', type: AttributeType.STRING },
          sortKey: { name: 'pipeline', type: AttributeType.STRING },
        },
      ],
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Only records of runs have it.
      timeToLiveAttribute: 'expires',
      deletionProtection,
      removalPolicy,
    })
  }
}

function lifecycleOf({ workDays, oldFileDays }: Settings): LifecycleRule[] {
  return [
    // Plans and journals of versions that nobody resumed. They lie in many folders, so the rule goes by the tag.
    { id: 'work', tagFilters: { itemwise: 'work' }, expiration: Duration.days(workDays) },
    { id: 'aborted-uploads', abortIncompleteMultipartUploadAfter: Duration.days(3) },
    // A day for those of a time when the bucket kept old files.
    {
      id: 'old-files',
      noncurrentVersionExpiration: Duration.days(Math.max(1, oldFileDays)),
      expiredObjectDeleteMarker: true,
    },
  ]
}
