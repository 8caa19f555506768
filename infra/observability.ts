/** Who is told when something is wrong, and where to look. */
import { Stack } from 'aws-cdk-lib'
import type { RestApi } from 'aws-cdk-lib/aws-apigateway'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { Alarms, type Watched } from './alarms.ts'
import { dashboard } from './dashboard.ts'

export interface ObservabilityProps extends Watched {
  rest: RestApi
}

export class Observability extends Construct {
  /** Every alarm goes here. */
  readonly topic: Topic

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id)
    this.topic = this.#topic(props.settings.alarmEmail)
    const alarms = new Alarms(this, 'Alarms', props).all
    for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(this.topic))
    dashboard(this, { ...props, alarms })
  }

  #topic(email: string | undefined): Topic {
    const topic = new Topic(this, 'AlarmTopic', { displayName: 'Itemwise: alarms', enforceSSL: true })
    // A topic with a policy of its own loses the default one, which let the account's alarms in.
    topic.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email))
    return topic
  }
}
