/** The stack that a command works on, found by its name: its bucket, its table and its state machine. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { RequestRefused } from '../../../core/errors.ts'
import { Executions } from '../../../executions/executions.ts'
import { type CloudPlace, CloudStore } from '../../../stores/s3-dynamodb.ts'
import type { StoreFlags } from '../../place-flags.ts'
import type { Terminal } from '../../terminal.ts'

export interface Stack {
  name: string
  place: CloudPlace
  store: CloudStore
  executions: Executions
}

/** --stack, else ITEMWISE_STACK, else Itemwise. */
export function stackName({ stack }: Pick<StoreFlags, 'stack'>, { env }: Pick<Terminal, 'env'>): string {
  return stack ?? (env.ITEMWISE_STACK || 'Itemwise')
}

/** Finds the stack with the caller's credentials. Throws RequestRefused if it is missing or incomplete. */
export async function openStack(flags: StoreFlags, terminal: Terminal): Promise<Stack> {
  const name = stackName(flags, terminal)
  const outputs = await outputsOf(name)
  const output = (key: string) => {
    const value = outputs.get(key)
    if (value !== undefined) return value
    throw new RequestRefused([
      `The stack ${name} has no output ${key}, so it is not an Itemwise stack, or an older one. Name another with --stack, or deploy it again with \`npx cdk deploy\`.`,
    ])
  }
  const place = { bucket: output('BucketName'), table: output('TableName') }
  const store = new CloudStore(place)
  return { name, place, store, executions: new Executions(output('StateMachineArn'), store) }
}

async function outputsOf(StackName: string): Promise<Map<string, string>> {
  const client = new CloudFormationClient({})
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }))
    const outputs = Stacks[0]?.Outputs ?? []
    return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
  } catch (cause) {
    if ((cause as Error).name !== 'ValidationError') throw cause
    const region = await client.config.region()
    throw new RequestRefused(
      [
        `There is no stack ${StackName} in ${region}. Deploy it with \`npx cdk deploy\`, name another with --stack or ITEMWISE_STACK, or choose its region with AWS_REGION.`,
      ],
      { cause },
    )
  }
}
