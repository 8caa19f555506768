/** The stack on LocalStack, the loopback API of Claude beside it, and a workspace in the bucket, as a person on AWS has them. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { ErrorRow, LedgerLine, Metadata, Stats } from '../../core/documents.ts'
import { stepNumber, type VersionRef } from '../../core/store.ts'
import type { Json } from '../../core/text/json.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { promptOf } from '../anthropic-server/answer.ts'
import { type AnthropicServer, type Call, type Fault, startAnthropicServer, testKey } from '../anthropic-server.ts'
import { type Ended, itemwise, StartedCommand, type Surroundings } from '../cli/command.ts'
import { ofLines, type Sent } from '../stories/story.ts'

interface TestStack {
  stackName: string
  BucketName: string
  TableName: string
  StateMachineArn: string
  ApiUrl: string
  SecretArn: string
  endpoint: string
  anthropicPort: number
}

/** The stack of this worker (test/aws/own-stack.ts). */
export const stack: TestStack = JSON.parse(process.env.ITEMWISE_TEST_STACK ?? 'null')

/** What a Lambda of the stack has in its environment, for stages that a test calls in its own process. */
export function lambdaVariables(): Record<string, string> {
  return {
    BUCKET: stack.BucketName,
    TABLE: stack.TableName,
    SECRET: stack.SecretArn,
    STATE_MACHINE: stack.StateMachineArn,
    CLAUDE_ACCESS: 'key',
    PROCESS_MEMORY_MB: '1024',
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${stack.anthropicPort}`,
  }
}

/** Keeps their logs and figures out of what the tests print. */
export const silent = { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' }

/** A pipeline's name that no other test has. */
export function freshName(word: string): string {
  return `${word}_${randomUUID().slice(0, 8)}`
}

export interface ApiAnswer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the body.
  body: any
  headers: Headers
}

export class Cloud implements AsyncDisposable {
  /** A folder that holds the same workspace, for the command line and for local runs. */
  readonly root = mkdtempSync(join(tmpdir(), 'itemwise-aws-'))
  readonly s3 = new S3Client({ forcePathStyle: true })
  readonly db = DynamoDBDocumentClient.from(new DynamoDBClient({}))
  readonly stepFunctions = new SFNClient({ disableHostPrefix: true })
  readonly store = new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
  readonly server: AnthropicServer
  /** Decides what a call of the model gets from now on; undefined: the usual answers. */
  answer: ((call: Call) => Fault | string | undefined) | undefined
  #told = 0

  constructor(server: AnthropicServer) {
    this.server = server
  }

  /** A workspace with these files, in the folder and in the bucket; what is no text is written as JSON. */
  static async begin(files: Record<string, unknown>, options: { latencyMs?: number } = {}): Promise<Cloud> {
    let cloud: Cloud | undefined
    const server = await startAnthropicServer({
      port: stack.anthropicPort,
      key: testKey,
      answer: (call) => cloud?.answer?.(call),
      ...options,
    })
    cloud = new Cloud(server)
    // The bucket is that of all tests, so what an earlier one set is taken back.
    for (const [path, content] of Object.entries({ 'itemwise.yaml': '', ...files })) await cloud.put(path, content)
    return cloud
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close()
    rmSync(this.root, { recursive: true, force: true })
  }

  async put(path: string, content: unknown): Promise<void> {
    const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text)
    await this.store.write(path, text)
  }

  /** Starts an execution with this input, as `aws stepfunctions start-execution --input` does. */
  async start(
    input: unknown,
    name: string = randomUUID(),
    stateMachineArn: string = stack.StateMachineArn,
  ): Promise<string> {
    const { executionArn = '' } = await this.stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    )
    return executionArn
  }

  async stop(executionArn: string): Promise<void> {
    await this.stepFunctions.send(new StopExecutionCommand({ executionArn }))
  }

  /** Waits for the end of an execution. */
  async ended(executionArn: string, seconds = 120): Promise<DescribeExecutionOutput> {
    for (let tries = 0; tries < seconds * 4; tries++) {
      const execution = await this.stepFunctions.send(new DescribeExecutionCommand({ executionArn }))
      if (execution.status !== 'RUNNING') return execution
      await new Promise((done) => setTimeout(done, 250))
    }
    throw new Error(`${executionArn} has not ended after ${seconds} s.`)
  }

  /** Runs an execution to its end. Throws where it does not succeed. */
  async run(input: unknown, seconds?: number): Promise<void> {
    const execution = await this.ended(await this.start(input), seconds)
    if (execution.status !== 'SUCCEEDED')
      throw new Error(`The execution ended ${execution.status}: ${execution.error} ${execution.cause}`)
  }

  /** Names of the states that an execution entered, in order. */
  async states(executionArn: string): Promise<string[]> {
    const { events = [] } = await this.stepFunctions.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
    )
    return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? [])
  }

  /** What a state of an execution gave, the first time. */
  async outputOf(executionArn: string, state: string): Promise<unknown> {
    const { events = [] } = await this.stepFunctions.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
    )
    const exited = events.find(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === state)
    return JSON.parse(exited?.stateExitedEventDetails?.output ?? 'null')
  }

  /** Calls the API. */
  async api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${apiUrl()}${path}`, {
      method,
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(text === undefined ? {} : { body: text }),
    })
    const answer = await response.text()
    return { status: response.status, body: answer === '' ? null : JSON.parse(answer), headers: response.headers }
  }

  /** The same without following a redirection. */
  apiOnce(method: string, path: string): Promise<Response> {
    return fetch(`${apiUrl()}${path}`, { method, redirect: 'manual' })
  }

  /** Runs the command line in the folder, with the credentials of LocalStack. */
  cli(...words: string[]): Promise<Ended> {
    return itemwise(this.#surroundings(this.root), ...words)
  }

  /** The same with more words than a call takes arguments. */
  cliOf(words: string[]): Promise<Ended> {
    return itemwise(this.#surroundings(this.root), ...words)
  }

  /** The same in another folder. */
  cliIn(folder: string, ...words: string[]): Promise<Ended> {
    return itemwise(this.#surroundings(folder), ...words)
  }

  /** In a process of its own, for a signal or what it says on its way. */
  startCli(...words: string[]): StartedCommand {
    return new StartedCommand(this.#surroundings(this.root), words)
  }

  #surroundings(folder: string): Surroundings {
    const { PATH, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } =
      process.env
    const aws = { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
    // The usual stack goes without saying.
    const named = stack.stackName === 'Itemwise' ? {} : { ITEMWISE_STACK: stack.stackName }
    const api = { ANTHROPIC_API_KEY: this.server.key, ANTHROPIC_BASE_URL: this.server.url }
    return { folder, env: { PATH, ...aws, ...named, ...api } }
  }

  /** Every call of the model since the beginning. */
  get sent(): Sent[] {
    return this.server.requests as Sent[]
  }

  /** The prompts of the calls since this was last asked, sorted. */
  asked(): string[] {
    const fresh = this.sent.slice(this.#told)
    this.#told = this.sent.length
    return fresh.map(({ body }) => promptOf(body)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  }

  async text(path: string): Promise<string> {
    const chunks = await Array.fromAsync(this.store.read(path))
    return Buffer.concat(chunks).toString()
  }

  async json<T = Json>(path: string): Promise<T> {
    return JSON.parse(await this.text(path))
  }

  /** A version's record in the table. */
  async metadata(ref: VersionRef): Promise<Omit<Metadata, 'stats'> & { stats: Stats }> {
    const state = await this.store.version(ref)
    if (state === undefined) throw new Error(`There is no ${ref.pipeline} ${ref.version}.`)
    return state.metadata as Omit<Metadata, 'stats'> & { stats: Stats }
  }

  async ledger({ pipeline, version }: VersionRef, step: number): Promise<LedgerLine[]> {
    return ofLines(await this.text(`outputs/${pipeline}/${version}/${stepNumber(step)}_ledger.jsonl`))
  }

  /** The rows of a step's errors file; none where there is no file. */
  async errors({ pipeline, version }: VersionRef, step: number): Promise<ErrorRow[]> {
    const path = `outputs/${pipeline}/${version}/${stepNumber(step)}_errors.json`
    return (await this.store.size(path)) === undefined ? [] : this.json(path)
  }

  async collated<T = { [field: string]: Json }>({ pipeline, version }: VersionRef, file: string): Promise<T[]> {
    return this.json(`outputs/${pipeline}/${version}/collated/${file}`)
  }

  /** All keys below a folder of the bucket, with their contents. */
  async tree(folder: string): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const name of await this.store.list(folder)) {
      const path = `${folder}/${name.replace(/\/$/, '')}`
      if (name.endsWith('/')) for (const [inner, text] of await this.tree(path)) found.set(inner, text)
      else found.set(path, textOf(path, Buffer.concat(await Array.fromAsync(this.store.read(path)))))
    }
    return found
  }

  /** The same of the folder on disk; links are left out. */
  localTree(folder: string): Map<string, string> {
    const found = new Map<string, string>()
    for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) for (const [inner, text] of this.localTree(path)) found.set(inner, text)
      else if (entry.isFile()) found.set(path, textOf(path, readFileSync(join(this.root, path))))
    }
    return found
  }
}

/** Packs are compared by what is in them: builds of zstd may differ in the bytes. */
function textOf(path: string, bytes: Buffer): string {
  return (path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString()
}

/** LocalStack's names of APIs do not resolve on this machine; the same API answers below the endpoint. */
function apiUrl(): string {
  const { hostname, pathname } = new URL(stack.ApiUrl)
  return `${stack.endpoint}/_aws/execute-api/${hostname.split('.')[0]}${pathname.replace(/\/$/, '')}`
}
