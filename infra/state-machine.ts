/** The state machine: its definition, its log and traces, and what it may do. */
import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Effect, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { definition, type Stage, stages } from './definition.ts'
import type { Lambda } from './lambda.ts'
import type { Settings } from './settings.ts'
import { acknowledgeWildcards } from './wildcards.ts'

export interface MachineProps {
  settings: Settings
  bucket: IBucket
  lambdas: Record<Stage, Lambda>
}

export class Machine extends Construct {
  readonly machine: StateMachine

  constructor(scope: Construct, id: string, { settings, bucket, lambdas }: MachineProps) {
    super(scope, id)
    const arns = Object.fromEntries(stages.map((stage) => [stage, lambdas[stage].function.functionArn])) as Record<
      Stage,
      string
    >
    const timeoutSeconds = Math.round(settings.runTimeoutHours * 3600)
    const states = definition({
      functions: arns,
      bucket: bucket.bucketName,
      mapConcurrency: settings.mapConcurrency,
      timeoutSeconds,
    })
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(states)),
      // Errors, without data: the input of an execution is a run request, with system prompts and ids in it.
      logs: {
        destination: new LogGroup(this, 'Log', {
          // Under this prefix the delivery needs no entry in the account's policy of log groups, which has room for few.
          logGroupName: `/aws/vendedlogs/states/${settings.stackName}`,
          retention: settings.logDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
      tracingEnabled: true,
    })
    for (const stage of stages) this.machine.addToRolePolicy(allow(['lambda:InvokeFunction'], arns[stage]))
    const batches = bucket.arnForObjects('outputs/*/work/*_batches.json')
    this.machine.addToRolePolicy(allow(['s3:GetObject'], batches))
    this.#mayStartItself()
    Validations.of(this.machine).acknowledge({
      id: 'AwsSolutions-SF1',
      reason: 'Events of other levels hold what states are called with: run requests, with the prompts in them.',
    })
    acknowledgeWildcards(this, {
      '*': 'X-Ray takes traces on * only, and so does the delivery of a log.',
      [batches]: 'The file of chunks of any step of any version; no other file.',
      [executionsOf(this.machine)]: 'The iterations of a Distributed Map, by names that are made when they start.',
    })
  }

  /** A Distributed Map starts its iterations as executions. In a policy of its own, since the role's comes before the machine. */
  #mayStartItself(): void {
    const { stateMachineArn, role } = this.machine
    const executions = executionsOf(this.machine)
    const policy = new Policy(this, 'DistributedMap', { roles: [role] })
    policy.addStatements(
      allow(['states:StartExecution'], stateMachineArn),
      allow(['states:DescribeExecution', 'states:StopExecution'], executions),
    )
  }
}

/** The ARNs of all executions of a machine. */
export function executionsOf(machine: StateMachine): string {
  return Stack.of(machine).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${machine.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

function allow(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] })
}
