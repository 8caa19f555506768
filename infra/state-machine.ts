/** The state machine: its definition, its log and traces, and what it may do. */
import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Effect, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { definition, type Stage, stages } from './definition.ts'
import type { Lambda } from './lambda.ts'
import { onlyProgress } from './permissions.ts'
import type { Settings } from './settings.ts'
import type { Storage } from './storage.ts'
import { acknowledgeWildcards } from './wildcards.ts'

export interface MachineProps {
  settings: Settings
  storage: Storage
  lambdas: Record<Stage, Lambda>
}

export class Machine extends Construct {
  readonly machine: StateMachine

  constructor(scope: Construct, id: string, { settings, storage: { bucket, table }, lambdas }: MachineProps) {
    super(scope, id)
    // Published versions: an execution keeps its definition, so it holds this code for its whole life.
    const versions = stages.map((stage) => [stage, lambdas[stage].version.functionArn])
    const states = definition({
      functions: Object.fromEntries(versions) as Record<Stage, string>,
      processName: lambdas.process.function.functionName,
      bucket: bucket.bucketName,
      table: table.tableName,
      mapConcurrency: settings.mapConcurrency,
      timeoutSeconds: Math.round(settings.runTimeoutHours * 3600),
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
    const called = stages.map((stage) => lambdas[stage].function.functionArn)
    // Executions under way call older versions; those that began before there were versions call the function itself.
    for (const arn of called) this.machine.addToRolePolicy(allow(['lambda:InvokeFunction'], arn, `${arn}:*`))
    this.machine.addToRolePolicy(allow(['lambda:GetAccountSettings'], '*'))
    this.machine.addToRolePolicy(allow(['lambda:GetFunctionConcurrency'], lambdas.process.function.functionArn))
    // A sign of life while no Lambda is free, and the reason why a run that found none is ended.
    this.machine.addToRolePolicy(onlyProgress(['dynamodb:UpdateItem'], table.tableArn))
    const batches = bucket.arnForObjects('outputs/*/work/*_batches.json')
    this.machine.addToRolePolicy(allow(['s3:GetObject'], batches))
    this.#mayStartItself()
    Validations.of(this.machine).acknowledge({
      id: 'AwsSolutions-SF1',
      reason: 'Events of other levels hold what states are called with: run requests, with the prompts in them.',
    })
    acknowledgeWildcards(this, {
      '*': 'X-Ray takes traces on * only, and so do the delivery of a log and the look at the limits of the account.',
      ...Object.fromEntries(
        called.map((arn) => [`${arn}:*`, 'Every version of a function: an execution calls those of its own release.']),
      ),
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

function allow(actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources })
}
