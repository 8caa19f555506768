/** Asks Step Functions what one state of the machine does, with the call that it makes mocked (TestState). */
import { SFNClient, TestStateCommand, type TestStateCommandInput } from '@aws-sdk/client-sfn'
import { machine, stateCalled } from './machine.ts'

const roleArn = 'arn:aws:iam::000000000000:role/test'
const client = new SFNClient({ disableHostPrefix: true })

export interface Tested {
  status: string
  nextState: string | undefined
  output: unknown
  /** The error and cause that the state ends with, caught or not. */
  error: string | undefined
  cause: string | undefined
  /** What a Task sends to its Lambda. */
  sent: unknown
}

export interface Asked {
  input: unknown
  /** What the Lambda returns, or the outputs of a Map's iterations. */
  result?: unknown
  /** What an AWS service that is not a Lambda answers. */
  answer?: unknown
  /** What it fails with instead, and how often it was tried again before. */
  failure?: { error: string; cause?: string; retries?: number }
}

/**
 * Runs one state. Its name is enough: it is unique in the whole machine. LocalStack reads a definition five times for each call, the
 * whole machine in 1.6 s, so it gets the state alone, with the query language that it has from the machine.
 */
export async function testState(stateName: string, asked: Asked): Promise<Tested> {
  const { failure } = asked
  const answer = await client.send(
    new TestStateCommand({
      definition: JSON.stringify({ QueryLanguage: machine.QueryLanguage, ...stateCalled(stateName) }),
      input: JSON.stringify(asked.input),
      roleArn,
      inspectionLevel: 'DEBUG',
      ...mockOf(asked),
      // LocalStack wants to be told with every mocked error.
      ...(failure?.retries === undefined ? {} : { stateConfiguration: { retrierRetryCount: failure.retries } }),
    }),
  )
  const { status = '', nextState, output, error, cause, inspectionData } = answer
  const sent = inspectionData?.afterArguments
  return {
    status,
    nextState,
    output: output === undefined ? undefined : JSON.parse(output),
    error,
    cause,
    sent: sent === undefined ? undefined : JSON.parse(sent).Payload,
  }
}

function mockOf({ result, answer, failure }: Asked): Pick<TestStateCommandInput, 'mock'> {
  if (failure !== undefined) return { mock: { errorOutput: { error: failure.error, cause: failure.cause ?? '{}' } } }
  if (answer !== undefined) return { mock: { result: JSON.stringify(answer), fieldValidationMode: 'NONE' } }
  if (result === undefined) return {}
  const mocked = Array.isArray(result) ? result : { StatusCode: 200, Payload: result }
  // LocalStack takes no object as a Payload where it checks the fields.
  return { mock: { result: JSON.stringify(mocked), fieldValidationMode: 'NONE' } }
}

/** What an ItemSelector makes of a Map's input for one of its items. LocalStack's TestState has no Map in its context: a variable stands in. */
export async function selected(itemSelector: unknown, input: unknown, item: unknown): Promise<unknown> {
  const output = JSON.parse(JSON.stringify(itemSelector).replaceAll('$states.context.Map.Item.Value', '$item'))
  const answer = await client.send(
    new TestStateCommand({
      definition: JSON.stringify({ Type: 'Pass', QueryLanguage: 'JSONata', Output: output, End: true }),
      input: JSON.stringify(input),
      variables: JSON.stringify({ item }),
      roleArn,
    }),
  )
  if (answer.output === undefined) throw new Error(answer.cause)
  return JSON.parse(answer.output)
}
