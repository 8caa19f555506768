/** The stack: what there is, and who gets to know whom. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
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

export interface ItemwiseProps extends StackProps {
  settings: Settings
}

export class Itemwise extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: ItemwiseProps) {
    super(scope, id, props)
    const storage = new Storage(this, 'Storage', settings)
    const claudeKey = settings.claudeAccess === 'key' ? new ClaudeKey(this, 'ClaudeKey') : null
    const { of: lambdas, unmarked } = new Functions(this, 'Functions', { settings, storage, claudeKey })
    const { machine } = new Machine(this, 'StateMachine', { settings, bucket: storage.bucket, lambdas })
    const { rest } = new Api(this, 'Api', { settings, lambda: lambdas.api, machine })
    const { runner, reader } = new People(this, 'People', { storage, machine, rest })
    const { topic: ended } = new Endings(this, 'Endings', { machine, fail: lambdas.fail.function, unmarked })
    const { topic: alarms } = new Observability(this, 'Observability', { settings, machine, lambdas, rest, unmarked })

    const outputs = {
      BucketName: storage.bucket.bucketName,
      TableName: storage.table.tableName,
      StateMachineArn: machine.stateMachineArn,
      ApiUrl: rest.url,
      AlarmTopicArn: alarms.topicArn,
      EndedTopicArn: ended.topicArn,
      RunnerPolicyArn: runner.managedPolicyArn,
      ReaderPolicyArn: reader.managedPolicyArn,
      ...(claudeKey === null ? {} : { SecretArn: claudeKey.secretArn }),
    }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}
