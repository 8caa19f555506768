/** A stack on AWS, found by its name: its bucket, its table and its state machine. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { SFNClient } from '@aws-sdk/client-sfn'
import { RequestRefused } from '../../core/errors.ts'
import { Executions } from '../../executions/executions.ts'
import { Bucket } from '../../stores/bucket.ts'
import { type CloudPlace, CloudStore, defaultClients } from '../../stores/s3-dynamodb.ts'
import { VersionPages } from '../../stores/version-pages.ts'

export interface Stack {
  name: string
  region: string | undefined
  place: CloudPlace
  store: CloudStore
  bucket: Bucket
  pages: VersionPages
  executions: Executions
}

export interface NamedStack {
  name: string
  /** Default: what the environment and the AWS profile say. */
  region?: string | undefined
  /** How a person names another stack and its region, for messages. */
  naming: { stack: string; region: string }
}

/** Finds the stack with the caller's credentials. Throws RequestRefused if it is missing or incomplete. */
export async function openStack({ name, region, naming }: NamedStack): Promise<Stack> {
  const client = new CloudFormationClient({ ...(region !== undefined && { region }) })
  const outputs = await outputsOf(client, { name, naming })
  const output = (key: string) => {
    const value = outputs.get(key)
    if (value !== undefined) return value
    throw new RequestRefused([
      `The stack ${name} has no output ${key}, so it is not an Itemwise stack, or an older one. Name another with ${naming.stack}, or deploy it again with \`npx cdk deploy\`.`,
    ])
  }
  const where = region === undefined ? {} : { region }
  const place = { bucket: output('BucketName'), table: output('TableName'), ...where }
  const clients = defaultClients(region)
  const store = new CloudStore(place, { clients })
  return {
    ...{ name, place, store, region },
    bucket: new Bucket(place.bucket, clients.s3),
    pages: new VersionPages(place.table, clients.db),
    executions: new Executions(output('StateMachineArn'), store, new SFNClient(where)),
  }
}

async function outputsOf(
  client: CloudFormationClient,
  { name, naming }: Pick<NamedStack, 'name' | 'naming'>,
): Promise<Map<string, string>> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }))
    const outputs = Stacks[0]?.Outputs ?? []
    return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
  } catch (cause) {
    if ((cause as Error).name !== 'ValidationError') throw cause
    const region = await client.config.region()
    throw new RequestRefused(
      [
        `There is no stack ${name} in ${region}. Deploy it with \`npx cdk deploy\`, name another with ${naming.stack}, or choose its region with ${naming.region}.`,
      ],
      { cause },
    )
  }
}
