/** What happens when an execution ends: a failed one marks its version, and whoever wants to know is told of every one. */
import { Duration } from 'aws-cdk-lib'
import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { LambdaFunction, SnsTopic } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'

export interface EndingsProps {
  machine: StateMachine
  fail: IFunction
  unmarked: IQueue
}

export class Endings extends Construct {
  /** A message for every run that ended. */
  readonly topic: Topic

  constructor(scope: Construct, id: string, { machine, fail, unmarked }: EndingsProps) {
    super(scope, id)
    this.topic = new Topic(this, 'Ended', { displayName: 'Itemwise: a run has ended', enforceSSL: true })
    // The machine's own Catch does not see time-outs, stops, and errors of the service itself.
    new Rule(this, 'Failed', {
      description: 'Marks the version of a run that ended badly, if the machine could not do it itself',
      eventPattern: endings(machine, ['FAILED', 'TIMED_OUT', 'ABORTED']),
      targets: [new LambdaFunction(fail, { deadLetterQueue: unmarked, maxEventAge: Duration.hours(6) })],
    })
    new Rule(this, 'All', {
      description: 'Tells the topic of ended runs',
      eventPattern: endings(machine, ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
      targets: [new SnsTopic(this.topic, { message: message(), deadLetterQueue: unmarked })],
    })
  }
}

function endings({ stateMachineArn }: StateMachine, status: string[]): EventPattern {
  return {
    source: ['aws.states'],
    detailType: ['Step Functions Execution Status Change'],
    detail: { stateMachineArn: [stateMachineArn], status },
  }
}

/** In one line: EventBridge would put each of several into quotes. */
function message(): RuleTargetInput {
  const run = EventField.fromPath('$.detail.name')
  const status = EventField.fromPath('$.detail.status')
  const arn = EventField.fromPath('$.detail.executionArn')
  return RuleTargetInput.fromText(
    `The Itemwise run ${run} has ended: ${status}. See it with: itemwise list --all --target aws. Execution: ${arn}`,
  )
}
