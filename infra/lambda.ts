/** One Lambda: its size, its bundle, its log, and a role of its own with only the permissions it needs. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, type IVersion, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { bundleOf } from './bundles.ts'
import type { FunctionName } from './permissions.ts'
import type { Settings } from './settings.ts'
import { acknowledgeWildcards } from './wildcards.ts'

interface Size {
  memorySize: number
  seconds: number
}

/** 1,769 MB is one whole processor; Node uses no more than that. What only waits gets less. */
export function sizeOf(
  name: FunctionName,
  { processTimeoutSeconds, processMemoryMb }: Pick<Settings, 'processTimeoutSeconds' | 'processMemoryMb'>,
): Size {
  const oneProcessor = 1769
  const longest = 900
  const sizes: Record<FunctionName, Size> = {
    // Reads the whole input and renders every prompt of the first step: 100,000 items are some 20 s of one processor.
    open: { memorySize: oneProcessor, seconds: longest },
    // Reads the whole input and writes the plan, in a stream.
    plan: { memorySize: oneProcessor, seconds: longest },
    // Waits for up to 128 answers at once (docs/scale.md). An answer may take 600 s, so it needs the longest time.
    process: { memorySize: processMemoryMb, seconds: processTimeoutSeconds },
    // Streams all answers of a step into one array; S3's answers are the limit, then the processor.
    collate: { memorySize: oneProcessor, seconds: longest },
    // Sums the ledgers and deletes the work folder, 1,000 objects a request.
    publish: { memorySize: 1024, seconds: longest },
    // Waits for calls under way, five minutes at most; collates what there is of each step, then sums the ledgers.
    fail: { memorySize: oneProcessor, seconds: longest },
    // One or two requests to the table. API Gateway gives up after 29 s.
    api: { memorySize: 1024, seconds: 29 },
  }
  return sizes[name]
}

export interface LambdaProps {
  settings: Settings
  environment: Record<string, string>
  permissions: PolicyStatement[]
  /** Where an event goes that an asynchronous call could not deal with. */
  deadLetterQueue?: IQueue
}

/** Runs the `handler` of lambdas/<name>.ts. */
export class Lambda extends Construct {
  readonly function: LambdaFunction
  readonly log: LogGroup

  constructor(
    scope: Construct,
    name: FunctionName,
    { settings, environment, permissions, deadLetterQueue }: LambdaProps,
  ) {
    super(scope, name)
    const { memorySize, seconds } = sizeOf(name, settings)
    this.log = new LogGroup(this, 'Log', { retention: settings.logDays, removalPolicy: RemovalPolicy.DESTROY })
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    for (const statement of permissions) role.addToPolicy(statement)
    this.log.grantWrite(role)
    this.function = new LambdaFunction(this, 'Function', {
      code: Stack.of(this).bundlingRequired ? Code.fromAsset(bundleOf(name)) : Code.fromInline('// Not bundled.'),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role,
      memorySize,
      timeout: Duration.seconds(seconds),
      logGroup: this.log,
      tracing: Tracing.ACTIVE,
      // A run may call it for runTimeoutHours after the next deployment; docs/aws.md says how old ones are deleted.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      reservedConcurrentExecutions: settings.reservedConcurrency[name],
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      ...(deadLetterQueue === undefined ? {} : { deadLetterQueue }),
    })
    acknowledgeWildcards(role, { '*': 'X-Ray takes traces on * only.' })
  }

  /** Its code and settings as they are deployed now, published, so that no later deployment changes them. */
  get version(): IVersion {
    return this.function.currentVersion
  }
}
