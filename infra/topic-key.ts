/** Encrypts topics with a key of the account, if one is set. The key that AWS keeps for SNS lets neither alarms nor events in. */
import type { CfnTopic, Topic } from 'aws-cdk-lib/aws-sns'
import type { Settings } from './settings.ts'

/** The key's own policy has to let `cloudwatch.amazonaws.com` and `events.amazonaws.com` use it: docs/aws.md. */
export function encryptTopics({ topicKeyArn }: Settings, topics: readonly Topic[]): void {
  if (topicKeyArn === undefined) return
  for (const topic of topics) (topic.node.defaultChild as CfnTopic).kmsMasterKeyId = topicKeyArn
}
