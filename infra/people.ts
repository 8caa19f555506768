/** What people may do: two policies, ready to be attached to users, groups and roles. */
import { Stack } from 'aws-cdk-lib'
import type { RestApi } from 'aws-cdk-lib/aws-apigateway'
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { executionsOf } from './state-machine.ts'
import type { Storage } from './storage.ts'
import { acknowledgeWildcards } from './wildcards.ts'

/** ARNs of what a person meets. */
export interface PeoplesPlaces {
  stack: string
  bucket: string
  table: string
  machine: string
  executions: string
  /** All routes of the API that only look, and all of it. */
  apiToLook: string
  api: string
}

/** Looks at everything and changes nothing: list, show, compare, reviews, export, estimate, pull, follow; GET of the API. */
export function readerPermissions({ stack, bucket, table, executions, apiToLook }: PeoplesPlaces): PolicyStatement[] {
  return [
    allow(['cloudformation:DescribeStacks'], stack),
    allow(['s3:ListBucket'], bucket),
    allow(['s3:GetObject'], `${bucket}/*`),
    allow(['dynamodb:GetItem', 'dynamodb:Query'], table),
    allow(['dynamodb:Query'], `${table}/index/listed`),
    allow(['states:DescribeExecution'], executions),
    allow(['execute-api:Invoke'], apiToLook),
  ]
}

/** That, and run, rerun, resume, abort, label, push, and what people say of answers; all of the API. */
export function runnerPermissions(places: PeoplesPlaces): PolicyStatement[] {
  const { bucket, table, machine, executions, api } = places
  return [
    ...readerPermissions(places),
    // Templates and inputs lie anywhere in the workspace, and push brings whole versions.
    allow(['s3:PutObject', 's3:AbortMultipartUpload'], `${bucket}/*`),
    allow(['s3:PutObjectTagging'], longInputs(bucket)),
    allow(['dynamodb:UpdateItem'], table),
    allow(['states:StartExecution'], machine),
    allow(['states:StopExecution'], executions),
    allow(['execute-api:Invoke'], api),
  ]
}

function longInputs(bucket: string): string {
  return `${bucket}/outputs/_inputs/*`
}

function allow(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] })
}

export interface PeopleProps {
  storage: Storage
  machine: StateMachine
  rest: RestApi
}

export class People extends Construct {
  readonly runner: ManagedPolicy
  readonly reader: ManagedPolicy

  constructor(scope: Construct, id: string, { storage, machine, rest }: PeopleProps) {
    super(scope, id)
    const stage = rest.deploymentStage.stageName
    const places: PeoplesPlaces = {
      stack: Stack.of(this).stackId,
      bucket: storage.bucket.bucketArn,
      table: storage.table.tableArn,
      machine: machine.stateMachineArn,
      executions: executionsOf(machine),
      apiToLook: rest.arnForExecuteApi('GET', '/*', stage),
      api: rest.arnForExecuteApi('*', '/*', stage),
    }
    const name = Stack.of(this).stackName
    this.runner = new ManagedPolicy(this, 'Runner', {
      description: `Runs pipelines on the stack ${name}, labels versions, and reads all of it.`,
      statements: runnerPermissions(places),
    })
    this.reader = new ManagedPolicy(this, 'Reader', {
      description: `Reads versions and runs of the stack ${name}, and changes nothing.`,
      statements: readerPermissions(places),
    })
    acknowledgeWildcards(this, {
      [`${places.bucket}/*`]: 'The bucket is the workspace: its files, and what runs wrote.',
      [longInputs(places.bucket)]: 'Long inputs of runs, each named after its hash.',
      [places.executions]: 'Every run of this machine, by names that are made when it starts.',
      [places.apiToLook]: 'The paths of the API have names of pipelines in them; only GET.',
      [places.api]: 'The paths of the API have names of pipelines in them; this API only.',
    })
  }
}
