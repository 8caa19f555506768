/** Words of the States Language that every part of the machine uses. */

/** A state, or a whole machine, in the States Language. */
export interface States {
  StartAt: string
  States: Record<string, State>
}
export interface State {
  Type: string
  Next?: string
  ItemProcessor?: States & { ProcessorConfig: { Mode: 'INLINE' | 'DISTRIBUTED'; ExecutionType?: 'STANDARD' } }
  [field: string]: unknown
}

/** A field of the state's input. */
export function input(name: string): string {
  return jsonata(`$states.input.${name}`)
}

export function jsonata(expression: string): string {
  return `{% ${expression} %}`
}

/** Calls a Lambda function. Its own time-out ends it, so the state needs none. */
export function callLambda(arn: string, payload: unknown): State {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: arn, Payload: payload },
    Output: jsonata('$states.result.Payload'),
  }
}
