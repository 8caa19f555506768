/** What each Lambda may touch: one line a permission. Anything that is not here is refused. */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Stage } from './definition.ts'

export type FunctionName = Stage | 'api'

/** ARNs of what there is. */
export interface Places {
  bucket: string
  table: string
  /** With claudeAccess key. */
  secret?: string
  /** With claudeAccess iam: the workspace of Claude Platform on AWS. */
  claudeWorkspace?: string
}

/** The policy statements of one Lambda, without those for its log and its traces. */
export function permissionsOf(name: FunctionName, places: Places): PolicyStatement[] {
  const { bucket, table, secret, claudeWorkspace } = places
  // Without ListBucket S3 answers 403 instead of 404 for a key that is missing; a condition on the prefix would break that.
  const list = allow(['s3:ListBucket'], bucket)
  const readAll = [list, allow(['s3:GetObject'], `${bucket}/*`)]
  const readOutputs = [list, allow(['s3:GetObject'], `${bucket}/outputs/*`)]
  const writeOutputs = allow(['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'], `${bucket}/outputs/*`)
  const removeOutputs = allow(['s3:DeleteObject'], `${bucket}/outputs/*`)
  const readRecords = allow(['dynamodb:GetItem', 'dynamodb:Query'], table)
  const listPipelines = allow(['dynamodb:Query'], `${table}/index/listed`)
  const writeRecords = allow(['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'], table)
  const writeProgress = onlyProgress(['dynamodb:PutItem', 'dynamodb:UpdateItem'], table)
  const removeProgress = onlyProgress(['dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'], table)
  const claude = [
    ...(secret === undefined ? [] : [allow(['secretsmanager:GetSecretValue'], secret)]),
    ...(claudeWorkspace === undefined ? [] : [allow(['aws-external-anthropic:CreateInference'], claudeWorkspace)]),
  ]
  const isKeyThere = secret === undefined ? [] : [allow(['secretsmanager:DescribeSecret'], secret)]
  const of: Record<FunctionName, PolicyStatement[]> = {
    open: [...readAll, writeOutputs, readRecords, listPipelines, writeRecords, ...isKeyThere],
    plan: [...readAll, writeOutputs, readRecords, writeProgress],
    process: [...readOutputs, writeOutputs, readRecords, writeProgress, ...claude],
    collate: [...readOutputs, writeOutputs, removeOutputs, readRecords],
    publish: [...readOutputs, writeOutputs, removeOutputs, readRecords, writeRecords, removeProgress],
    fail: [...readOutputs, writeOutputs, removeOutputs, readRecords, writeRecords],
    api: [...readOutputs, writeOutputs, readRecords, listPipelines, allow(['dynamodb:UpdateItem'], table)],
  }
  return of[name]
}

function allow(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] })
}

/** Only the partitions progress#…, where the counters, the epoch and the purse of a version are kept. */
function onlyProgress(actions: string[], table: string): PolicyStatement {
  const statement = allow(actions, table)
  statement.addCondition('ForAllValues:StringLike', { 'dynamodb:LeadingKeys': ['progress#*'] })
  // ForAllValues holds for a request without keys too; this refuses it.
  statement.addCondition('Null', { 'dynamodb:LeadingKeys': 'false' })
  return statement
}
