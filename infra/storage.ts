/** Where a workspace is kept: the bucket with its files, and the table with its versions. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Settings } from './settings.ts'

export class Storage extends Construct {
  readonly bucket: Bucket
  readonly table: TableV2

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const removalPolicy = settings.removeOnDelete ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN
    this.bucket = this.#bucket(settings, removalPolicy)
    this.table = this.#table(settings, removalPolicy)
  }

  /** Not versioned: a version's files are never overwritten once it is completed, so old copies would only cost. */
  #bucket({ workDays }: Settings, removalPolicy: RemovalPolicy): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy,
      lifecycleRules: [
        // Plans and journals of versions that nobody resumed. They lie in many folders, so the rule goes by the tag.
        { id: 'work', tagFilters: { itemwise: 'work' }, expiration: Duration.days(workDays) },
        { id: 'aborted-uploads', abortIncompleteMultipartUploadAfter: Duration.days(3) },
      ],
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
      deletionProtection,
      removalPolicy,
    })
  }
}
