/** A state machine of a test's own, with the stack's Lambdas and role: the waits are short, or it is of an earlier release. */
import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  type DescribeStateMachineOutput,
  SFNClient,
} from '@aws-sdk/client-sfn'
import { type DefinitionOptions, definition, type Stage, stages } from '../../infra/definition.ts'
import { freshName, stack } from './cloud.ts'

const client = new SFNClient({ disableHostPrefix: true })

function deployed(): Promise<DescribeStateMachineOutput> {
  return client.send(new DescribeStateMachineCommand({ stateMachineArn: stack.StateMachineArn }))
}

/** The ARN of the version of each stage that the stack's machine calls. */
export async function deployedVersions(): Promise<Record<Stage, string>> {
  const { definition: text = '' } = await deployed()
  const arnOf = (stage: Stage) =>
    new RegExp(`"(arn:[^"]*:function:${stack.stackName}-Functions${stage}[^"]*)"`).exec(text)?.[1]
  return Object.fromEntries(stages.map((stage) => [stage, arnOf(stage)])) as Record<Stage, string>
}

/** Makes a machine, and returns its ARN. */
export async function makeMachine(text: string): Promise<string> {
  const { roleArn } = await deployed()
  const command = new CreateStateMachineCommand({ name: freshName('own'), definition: text, roleArn })
  return (await client.send(command)).stateMachineArn!
}

/** The machine of this release with these waits, in which a stage that finds no Lambda asks twice before it pauses. */
export async function makeImpatientMachine(
  waits: Pick<Required<DefinitionOptions>, 'longestWaitSeconds' | 'pauseSeconds'>,
): Promise<string> {
  const functions = await deployedVersions()
  const machine = definition({
    functions,
    processName: functions.process.split(':')[6]!,
    bucket: stack.BucketName,
    table: stack.TableName,
    mapConcurrency: 8,
    timeoutSeconds: 600,
    ...waits,
  })
  // 64 s are the longest of the short waits.
  return makeMachine(
    JSON.stringify(machine).replaceAll('"MaxDelaySeconds":64,"MaxAttempts":6', '"MaxDelaySeconds":2,"MaxAttempts":1'),
  )
}
