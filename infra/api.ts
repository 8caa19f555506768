/** The REST API: signed requests only, all of them answered by one Lambda, which checks them with the schemas of the command line. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib'
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway'
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { Lambda } from './lambda.ts'
import type { Settings } from './settings.ts'
import { executionsOf } from './state-machine.ts'
import { acknowledgeWildcards } from './wildcards.ts'

/** Who did what: the standard fields have the resource (/{proxy+}) in place of the path, and no ARN. */
const accessLogFields = {
  requestId: '$context.requestId',
  extendedRequestId: '$context.extendedRequestId',
  requestTime: '$context.requestTime',
  caller: '$context.identity.userArn',
  ip: '$context.identity.sourceIp',
  userAgent: '$context.identity.userAgent',
  httpMethod: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  error: '$context.error.message',
  responseLength: '$context.responseLength',
  milliseconds: '$context.responseLatency',
}

export interface ApiProps {
  settings: Settings
  lambda: Lambda
  machine: StateMachine
}

export class Api extends Construct {
  readonly rest: RestApi

  constructor(scope: Construct, id: string, { settings, lambda, machine }: ApiProps) {
    super(scope, id)
    mayDrive(lambda, machine)
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: settings.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.rest = new RestApi(this, 'Rest', {
      restApiName: `${settings.stackName} runs`,
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      deployOptions: {
        throttlingRateLimit: settings.apiRequestsPerSecond,
        throttlingBurstLimit: settings.apiRequestsPerSecond * 2,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
        loggingLevel: MethodLoggingLevel.ERROR,
        // Bodies are people's prompts.
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
      },
      defaultMethodOptions: { authorizationType: AuthorizationType.IAM },
      // Of the API and not of the proxy: / is not below the proxy, and would answer 500 by itself.
      defaultIntegration: new LambdaIntegration(lambda.function, { allowTestInvoke: false }),
    })
    // Its own output of the address, beside ours.
    this.rest.node.tryRemoveChild('Endpoint')
    this.rest.root.addProxy()
    this.#acknowledge()
  }

  #acknowledge(): void {
    const reasons = {
      'AwsSolutions-APIG2': 'The Lambda checks every request with the same schemas and messages as the command line.',
      'AwsSolutions-APIG3':
        'Every request is signed by an identity of the account and throttled; a web ACL would cost and add nothing to that.',
      'AwsSolutions-COG4': 'Callers sign with IAM, as all of AWS does; there are no users of a pool.',
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        'The policy that AWS documents for the role with which API Gateway writes its logs; one role an account and Region.',
    }
    for (const [id, reason] of Object.entries(reasons)) Validations.of(this.rest).acknowledge({ id, reason })
  }
}

/** Starting, looking at and stopping runs of this machine, and of no other. */
function mayDrive(lambda: Lambda, machine: StateMachine): void {
  lambda.function.addEnvironment('STATE_MACHINE', machine.stateMachineArn)
  const allow = (actions: string[], resource: string) =>
    lambda.function.addToRolePolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] }))
  allow(['states:StartExecution', 'states:ListExecutions'], machine.stateMachineArn)
  allow(['states:DescribeExecution', 'states:StopExecution'], executionsOf(machine))
  acknowledgeWildcards(lambda, {
    [executionsOf(machine)]: 'Every run of this machine, by names that are made when it starts.',
  })
}
