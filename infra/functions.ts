/** All Lambdas, with what each is told of the stack; and the queue for endings that `fail` could not mark. */
import { Duration, Stack } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { ClaudeKey } from './claude-key.ts'
import { Lambda } from './lambda.ts'
import { type FunctionName, functionNames, type Places, permissionsOf, wildcardsOf } from './permissions.ts'
import type { Settings } from './settings.ts'
import type { Storage } from './storage.ts'
import { acknowledgeWildcards } from './wildcards.ts'

export interface FunctionsProps {
  settings: Settings
  storage: Storage
  /** Only if Lambdas sign in with a key. */
  claudeKey: ClaudeKey | null
}

export class Functions extends Construct {
  readonly of: Record<FunctionName, Lambda>
  /** Events that `fail` was asked about and could not deal with. */
  readonly unmarked: Queue

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id)
    this.unmarked = new Queue(this, 'Unmarked', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    const places = placesOf(this, props)
    acknowledgeWildcards(this, wildcardsOf(places))
    const lambdas = functionNames.map((name) => [name, this.#lambda(name, { ...props, places })] as const)
    this.of = Object.fromEntries(lambdas) as Record<FunctionName, Lambda>
  }

  #lambda(name: FunctionName, { settings, places, storage }: FunctionsProps & { places: Places }): Lambda {
    return new Lambda(this, name, {
      settings,
      permissions: permissionsOf(name, places),
      environment: {
        BUCKET: storage.bucket.bucketName,
        TABLE: storage.table.tableName,
        // Two stacks of one account keep their figures apart.
        POWERTOOLS_SERVICE_NAME: settings.stackName,
        POWERTOOLS_METRICS_NAMESPACE: 'Itemwise',
        ...(name === 'open' || name === 'process' || name === 'fail' ? claudeEnvironment(settings, places) : {}),
        // How many calls fit into one `process`.
        ...(name === 'plan' ? { PROCESS_MEMORY_MB: String(settings.processMemoryMb) } : {}),
      },
      ...(name === 'fail' ? { deadLetterQueue: this.unmarked } : {}),
    })
  }
}

function claudeEnvironment(settings: Settings, { secret }: Places): Record<string, string> {
  const { claudeAccess, anthropicBaseUrl, anthropicWorkspaceId } = settings
  return {
    CLAUDE_ACCESS: claudeAccess,
    ...(secret === undefined ? {} : { SECRET: secret }),
    ...(anthropicBaseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: anthropicBaseUrl }),
    ...(anthropicWorkspaceId === undefined ? {} : { ANTHROPIC_AWS_WORKSPACE_ID: anthropicWorkspaceId }),
  }
}

function placesOf(scope: Construct, { settings, storage, claudeKey }: FunctionsProps): Places {
  const { anthropicWorkspaceId, claudeAccess } = settings
  const places: Places = { bucket: storage.bucket.bucketArn, table: storage.table.tableArn }
  if (claudeKey !== null) places.secret = claudeKey.secretArn
  if (claudeAccess === 'iam') {
    const resourceName = anthropicWorkspaceId ?? ''
    places.claudeWorkspace = Stack.of(scope).formatArn({
      service: 'aws-external-anthropic',
      resource: 'workspace',
      resourceName,
    })
  }
  return places
}
