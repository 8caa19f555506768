/** What each Lambda may touch: one line a permission. Anything that is not here is refused. */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { stages } from './definition.ts'

export const functionNames = [...stages, 'api'] as const
export type FunctionName = (typeof functionNames)[number]

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
  const outputs = `${bucket}/outputs/*`
  const write = allow(['s3:PutObject'], outputs)
  // What lies below work/ is tagged, so that it goes some day.
  const writeWork = allow(['s3:PutObject', 's3:PutObjectTagging'], outputs)
  // Plans, arrays and ledgers are written in a stream; one that breaks off is taken back.
  const breakOff = allow(['s3:AbortMultipartUpload'], outputs)
  const remove = allow(['s3:DeleteObject'], outputs)
  // An item that has an answer now has no reply that could not be used.
  const removeReplies = allow(['s3:DeleteObject'], replies(bucket))
  const writeMetadata = allow(['s3:PutObject'], metadata(bucket))
  // What is longer than an execution takes as its input.
  const writeInput = allow(['s3:PutObject', 's3:PutObjectTagging'], inputs(bucket))
  const writeReviews = allow(['s3:PutObject'], longReviews(bucket))
  const readRecords = allow(['dynamodb:GetItem', 'dynamodb:Query'], table)
  const listPipelines = allow(['dynamodb:Query'], `${table}/index/listed`)
  // The store makes and changes records by updates alone, those in transactions too.
  const writeRecords = allow(['dynamodb:UpdateItem'], table)
  // What people said of answers is theirs: a stage reads it at most.
  const writeVersions = allButReviews(['dynamodb:UpdateItem'], table)
  // Counters, the spend account, and the sign of life: a stage of minutes without it would look like a dead writer.
  const progress = onlyProgress(['dynamodb:GetItem', 'dynamodb:UpdateItem'], table)
  // A call that has ended its work on a batch leaves the batch to whoever waits for it.
  const endClaim = onlyProgress(['dynamodb:DeleteItem'], table)
  const removeProgress = onlyProgress(['dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'], table)
  // A key that cannot be sent is refused before a version is begun.
  const lookAtKey = secret === undefined ? [] : [allow(['secretsmanager:GetSecretValue'], secret)]
  const claude = [
    ...lookAtKey,
    ...(claudeWorkspace === undefined
      ? []
      : [allow(['CreateInference', ...batchActions].map(ofClaude), claudeWorkspace)]),
  ]
  // A record of a message batch that was never sent.
  const removeBatchRecords = allow(['s3:DeleteObject'], batchRecords(bucket))
  const [lookForBatches, cancelBatches] = [['ListBatchInference'], ['CancelBatchInference']].map((actions) =>
    claudeWorkspace === undefined ? lookAtKey : [allow(actions.map(ofClaude), claudeWorkspace)],
  ) as [PolicyStatement[], PolicyStatement[]]
  const of: Record<FunctionName, PolicyStatement[]> = {
    // It also writes down what a dead run had kept, and ends what a publish that was killed had begun.
    open: [
      ...[...readAll, writeWork, breakOff, remove],
      ...[readRecords, listPipelines, writeVersions, removeProgress],
      // An address without message batches is refused before a version is begun, too.
      ...lookForBatches,
    ],
    plan: [...readAll, writeWork, breakOff, progress],
    process: [...readOutputs, writeWork, removeReplies, removeBatchRecords, progress, endClaim, ...claude],
    // It also lists the chunks that come once more, below work/.
    collate: [...readOutputs, writeWork, breakOff, remove, progress],
    publish: [...readOutputs, write, remove, readRecords, writeVersions, removeProgress],
    // What a stopped run has in message batches is cancelled.
    fail: [...readOutputs, writeWork, breakOff, remove, readRecords, writeVersions, ...cancelBatches],
    // It also estimates what a request would cost, from the files that it names, and keeps acts that are too long for a record.
    api: [...readAll, writeMetadata, writeInput, writeReviews, readRecords, listPipelines, writeRecords],
  }
  return of[name]
}

/** Wildcards that these permissions have, each with its reason. */
export function wildcardsOf({ bucket }: Places): Record<string, string> {
  return {
    [`${bucket}/*`]: 'open, plan and the estimates of the API read whatever file of the workspace a request names.',
    [`${bucket}/outputs/*`]: 'Versions lie below outputs/, by names that only a run knows.',
    [replies(bucket)]: 'Replies of any item of any version, and no other file of it.',
    [batchRecords(bucket)]: 'Records of message batches of any version, and no other file of it.',
    [metadata(bucket)]: 'The record of any version, for its labels, and no other file of it.',
    [longReviews(bucket)]: 'Reviews of any pipeline that are too long for a record, each named after its hash.',
    [inputs(bucket)]: 'Long inputs of runs, each named after its hash.',
  }
}

function replies(bucket: string): string {
  return `${bucket}/outputs/*/items/*_reply.txt`
}

/** core/versions/message-batches.ts */
function batchRecords(bucket: string): string {
  return `${bucket}/outputs/*/work/*_message_batch_*.json`
}

/** What message batches take besides. */
const batchActions = ['CreateBatchInference', 'GetBatchInference', 'ListBatchInference', 'CancelBatchInference']

function ofClaude(action: string): string {
  return `aws-external-anthropic:${action}`
}

/** core/request/execution-input.ts */
function inputs(bucket: string): string {
  return `${bucket}/outputs/_inputs/*`
}

/** core/review.ts */
function longReviews(bucket: string): string {
  return `${bucket}/outputs/*/reviews/*.jsonl`
}

function metadata(bucket: string): string {
  return `${bucket}/outputs/*/metadata.json`
}

function allow(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] })
}

/** Only the partitions progress#…, where the counters, the epoch and the spend account of a version are kept. */
export function onlyProgress(actions: string[], table: string): PolicyStatement {
  return bound(allow(actions, table), 'ForAllValues:StringLike', 'progress#*')
}

/** Not the partitions reviews#…, where it is kept what people said of answers. */
export function allButReviews(actions: string[], table: string): PolicyStatement {
  return bound(allow(actions, table), 'ForAllValues:StringNotLike', 'reviews#*')
}

function bound(statement: PolicyStatement, operator: string, partitions: string): PolicyStatement {
  statement.addCondition(operator, { 'dynamodb:LeadingKeys': [partitions] })
  // ForAllValues holds for a request without keys too; this refuses it.
  statement.addCondition('Null', { 'dynamodb:LeadingKeys': 'false' })
  return statement
}
