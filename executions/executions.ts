/** Executions of the state machine: each carries its run's id as its name, so one that is started twice under one id runs once. */

import { isDeepStrictEqual } from 'node:util'
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { ulid } from 'ulid'
import { KeyReused, RequestRefused } from '../core/errors.ts'
import { mostInputBytes } from '../core/request/start-input.ts'
import { jsonText } from '../core/text/json.ts'
import { runIdOfKey } from '../core/text/run-id.ts'
import { causeText } from './cause.ts'

export interface StartedRun {
  run_id: string
  execution_arn: string
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
  readonly #client: SFNClient

  /** `machine`: the ARN of the state machine. */
  constructor(machine: string, client: SFNClient = new SFNClient({})) {
    this.#machine = machine
    this.#client = client
  }

  /**
   * Starts a run with this input, as it is. With a key that was used before, the first run is the answer and nothing is
   * started; AWS remembers for 90 days. Throws RequestRefused for an input that is too long, KeyReused if the key's
   * first run had another input.
   */
  async startRun(input: unknown, key?: string): Promise<StartedRun> {
    const run_id = key === undefined ? ulid() : runIdOfKey(key)
    const text = jsonText(input)
    refuseLong(text)
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
    if (!isDeepStrictEqual(before.input, JSON.parse(jsonText(input)))) throw new KeyReused(run_id)
    return { run_id, execution_arn: this.arnOf(run_id) }
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

function refuseLong(text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes <= mostInputBytes) return
  throw new RequestRefused([
    `The request has ${bytes} bytes, but an execution takes ${mostInputBytes} at most. Keep long lists of ids and long schemas in files of the workspace.`,
  ])
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? null : JSON.parse(text)
}
