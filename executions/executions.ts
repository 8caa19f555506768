/** Executions of the state machine: each carries its run's id as its name, so one that is started twice under one id runs once. */

import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  InvalidToken,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { ulid } from 'ulid'
import type { Caller } from '../core/documents.ts'
import { KeyReused, RequestRefused } from '../core/errors.ts'
import { executionInput, hashOfReceived, inputHash } from '../core/request/execution-input.ts'
import type { Store } from '../core/store.ts'
import { runIdOfKey } from '../core/text/run-id.ts'
import { causeText } from './cause.ts'

export type { ExecutionStatus }

export interface StartedRun {
  run_id: string
  execution_arn: string
}

export interface Starting {
  /** Starts nothing twice. */
  key?: string | undefined
  /** Who starts it; null if nobody says so. */
  by?: Caller | null
}

export interface ExecutionsWanted {
  limit: number
  after: string | undefined
  status: ExecutionStatus | undefined
}

export interface ListedExecution {
  run_id: string
  status: ExecutionStatus
  started: Date
}

/** How an execution stands. */
export interface ExecutionState {
  status: ExecutionStatus
  /** Null if AWS leaves it out. */
  input: unknown
  output: unknown
  /** The error's name, and a sentence; null if it did not fail. */
  error: string | null
  cause: string | null
}

export class Executions {
  readonly #machine: string
  readonly #files: Pick<Store, 'write'>
  readonly #client: SFNClient

  /** `machine`: the ARN of the state machine. `files`: those of the bucket. */
  constructor(machine: string, files: Pick<Store, 'write'>, client: SFNClient = new SFNClient({})) {
    this.#machine = machine
    this.#files = files
    this.#client = client
  }

  /**
   * Starts a run with this input. With a key that was used before, the first run is the answer and nothing is started; AWS
   * remembers for 90 days. A long input travels through the bucket. Throws RequestRefused for an input that is too long, KeyReused
   * if the key's first run had another input, StoreUnwritable.
   */
  async startRun(input: unknown, { key, by = null }: Starting = {}): Promise<StartedRun> {
    const run_id = key === undefined ? ulid() : runIdOfKey(key)
    const text = await executionInput(this.#files, input, by)
    try {
      const command = new StartExecutionCommand({ stateMachineArn: this.#machine, name: run_id, input: text })
      const { executionArn } = await this.#client.send(command)
      return { run_id, execution_arn: executionArn! }
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists) || key === undefined) throw error
      const before = await this.startedBefore(input, key)
      if (before === undefined) throw error
      return before
    }
  }

  /** The run that this key started with this input; undefined if there is none, or none any more. Throws KeyReused. */
  async startedBefore(input: unknown, key: string): Promise<StartedRun | undefined> {
    const run_id = runIdOfKey(key)
    const before = await this.describe(run_id)
    if (before === undefined) return undefined
    if (hashOfReceived(before.input) !== inputHash(input)) throw new KeyReused(run_id)
    return { run_id, execution_arn: this.arnOf(run_id) }
  }

  /**
   * Executions, newest first. `after`: the `last` of the page before, with the same status and limit, for a day. Throws
   * RequestRefused for one that AWS did not give.
   */
  async list({
    limit,
    after,
    status,
  }: ExecutionsWanted): Promise<{ found: ListedExecution[]; last: string | undefined }> {
    const input = { stateMachineArn: this.#machine, maxResults: limit, nextToken: after, statusFilter: status }
    try {
      const { executions = [], nextToken } = await this.#client.send(new ListExecutionsCommand(input))
      const found = executions.map(({ name = '', status = 'RUNNING', startDate = new Date(0) }) => ({
        run_id: name,
        status,
        started: startDate,
      }))
      return { found, last: nextToken }
    } catch (error) {
      if (!(error instanceof InvalidToken)) throw error
      throw new RequestRefused(['next is from another list, or older than a day. Leave it out for the first page.'])
    }
  }

  /** How the execution of a run stands. Undefined if there is none, or none any more: AWS forgets after 90 days. */
  async describe(runId: string): Promise<ExecutionState | undefined> {
    try {
      const command = new DescribeExecutionCommand({ executionArn: this.arnOf(runId) })
      const { status, input, output, error, cause } = await this.#client.send(command)
      return {
        status: status!,
        input: parsed(input),
        output: parsed(output),
        error: error ?? null,
        cause: causeText(cause),
      }
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined
      throw error
    }
  }

  /** Ends an execution at once. Its Lambdas run on until they see the stop flag. Does nothing if it has ended. */
  async stop(runId: string, { error, cause }: { error: string; cause: string }): Promise<void> {
    try {
      await this.#client.send(new StopExecutionCommand({ executionArn: this.arnOf(runId), error, cause }))
    } catch (failure) {
      if (!(failure instanceof ExecutionDoesNotExist)) throw failure
    }
  }

  /** `arn:aws:states:<region>:<account>:execution:<machine>:<run id>` */
  arnOf(runId: string): string {
    return `${this.#machine.replace(':stateMachine:', ':execution:')}:${runId}`
  }
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? null : JSON.parse(text)
}
