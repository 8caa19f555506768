/** The stack: what there is, and who gets to know whom. */
import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib'
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { Api } from './api.ts'
import { ClaudeKey } from './claude-key.ts'
import { Endings } from './endings.ts'
import { Functions } from './functions.ts'
import { Observability } from './observability.ts'
import { People } from './people.ts'
import type { Settings } from './settings.ts'
import { Machine } from './state-machine.ts'
import { Storage } from './storage.ts'
import { encryptTopics } from './topic-key.ts'

export interface ItemwiseProps extends StackProps {
  settings: Settings
}

export class Itemwise extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: ItemwiseProps) {
    super(scope, id, { terminationProtection: settings.deletionProtection, ...props })
    this.#mark(settings)
    const storage = new Storage(this, 'Storage', settings)
    const claudeKey = settings.claudeAccess === 'key' ? new ClaudeKey(this, 'ClaudeKey') : null
    const { of: lambdas, unmarked } = new Functions(this, 'Functions', { settings, storage, claudeKey })
    const { machine } = new Machine(this, 'StateMachine', { settings, storage, lambdas })
    const { rest } = new Api(this, 'Api', { settings, lambda: lambdas.api, machine })
    const { runner, reader } = new People(this, 'People', { storage, machine, rest })
    const { topic: ended } = new Endings(this, 'Endings', { machine, fail: lambdas.fail.function, unmarked })
    const { topic: alarms } = new Observability(this, 'Observability', { settings, machine, lambdas, rest, unmarked })
    encryptTopics(settings, [ended, alarms])

    const outputs = {
      BucketName: storage.bucket.bucketName,
      TableName: storage.table.tableName,
      StateMachineArn: machine.stateMachineArn,
      ApiUrl: rest.url,
      AlarmTopicArn: alarms.topicArn,
      EndedTopicArn: ended.topicArn,
      UnmarkedQueueUrl: unmarked.queueUrl,
      FailFunctionName: lambdas.fail.function.functionName,
      RunnerPolicyArn: runner.managedPolicyArn,
      ReaderPolicyArn: reader.managedPolicyArn,
      ...(claudeKey === null ? {} : { SecretArn: claudeKey.secretArn }),
    }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
  /** What an account asks of all that is made in it. */
  #mark({ tags, permissionsBoundaryArn }: Settings): void {
    for (const [name, value] of Object.entries(tags)) Tags.of(this).add(name, value)
    if (permissionsBoundaryArn === undefined) return
    const boundary = ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', permissionsBoundaryArn)
    PermissionsBoundary.of(this).apply(boundary)
  }
}
