/**
 * `npm run localstack`: the whole of it on this machine, to try out. Starts LocalStack and a stand-in of Anthropic's API,
 * deploys the stack, brings the example workspace up, and prints what to type. Ctrl-C ends it, and nothing stays.
 */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { startAnthropicServer, testKey } from '../test/anthropic-server.ts'
import { bootstrap, deployStack, localEnvironment } from './local-aws/deployed-stack.ts'
import { cannotRun, startLocalStack } from './local-aws/localstack.ts'

const root = resolve(import.meta.dirname, '..')
const port = Number(process.env.LOCALSTACK_PORT ?? 4566)

const reason = cannotRun()
if (reason !== null) {
  console.error(`LocalStack cannot run here: ${reason}. docs/aws.md says what it needs.`)
  process.exit(1)
}
const localStack = startLocalStack(port)
process.on('exit', () => localStack.stop())
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0))
console.error('Starting LocalStack. The first time it is installed before: a minute.')
await localStack.ready

const claude = await startAnthropicServer({ key: testKey, latencyMs: 300, record: false })
console.error('Deploying the stack: half a minute.')
await bootstrap(localStack.endpoint)
const settings = { anthropicBaseUrl: claude.url, mapConcurrency: '8', removeOnDelete: 'true' }
const outputs = await deployStack({ endpoint: localStack.endpoint, settings, apiKey: testKey })

const variables = localEnvironment(localStack.endpoint)
execFileSync(process.execPath, ['cli/itemwise.js', 'push', '--target', 'aws'], {
  cwd: root,
  env: { ...process.env, ...variables },
  stdio: ['ignore', 'inherit', 'inherit'],
})

console.log(`
LocalStack (${localStack.mode}) runs at ${localStack.endpoint} with the stack and the example workspace.
Answers come from a stand-in of Anthropic's API: they are made up and cost nothing. In another terminal:

${Object.entries({ ...variables, ITEMWISE_TARGET: 'aws' })
  .map(([name, value]) => `  export ${name}=${value}`)
  .join('\n')}

  npx itemwise run pipelines/problems.yaml
  npx itemwise list --all
  echo "Use whole numbers wherever the template allows it." >> prompts/generate_problem.md
  npx itemwise rerun problem_generator_module_4 4002 4007
  npx itemwise compare problem_generator_module_4 v0 v1
  aws s3 ls --recursive s3://${outputs.BucketName}/outputs/
  aws dynamodb query --table-name ${outputs.TableName} \\
    --key-condition-expression 'pipeline = :p' \\
    --expression-attribute-values '{":p": {"S": "problem_generator_module_4"}}'
  aws stepfunctions list-executions --state-machine-arn ${outputs.StateMachineArn}

Ctrl-C ends it, and nothing stays.`)
