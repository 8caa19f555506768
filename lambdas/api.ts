/** Lambda `api`: the HTTP API of the stack. Adapts the app to the events of API Gateway. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda'
import type { Context as HonoContext } from 'hono'
import { handle } from 'hono/aws-lambda'
import { apiApp } from '../api/app.ts'
import type { Ports } from '../api/ports.ts'
import type { HttpProblem } from '../api/problem.ts'
import type { Caller } from '../core/documents.ts'
import { StepTables } from '../core/rows/step-tables.ts'
import { CloudRuns } from '../executions/cloud-runs.ts'
import { Executions } from '../executions/executions.ts'
import { Links } from '../stores/links.ts'
import { VersionPages } from '../stores/version-pages.ts'
import { cloudEstimates } from './cloud-estimates.ts'
import { logger, openStoreForRequest, variable } from './environment.ts'
import { annotate, runOfCall } from './trace.ts'

let ports: Ports | undefined

/** Whoever signed a request is its reviewer. API Gateway lets no answer go on. */
const ofStack = { reviewer: null, place: { target: 'aws', workspace: null }, templates: null, streams: null } as const

/** Made at the first request, and kept: clients hold their connections. */
function portsOfStack(): Ports {
  ports ??= stackPorts()
  return ports
}

function stackPorts(): Ports {
  const store = openStoreForRequest()
  const runs = new CloudRuns(store, new Executions(variable('STATE_MACHINE'), store))
  const links = new Links(variable('BUCKET'))
  const tables = new StepTables(store)
  const estimates = cloudEstimates(store, { batches: true })
  return { store, runs, pages: new VersionPages(variable('TABLE')), links, tables, estimates, ...ofStack }
}

function told({ problem: { status, detail } }: HttpProblem, error: unknown): void {
  if (status >= 500) logger.error('The request failed.', { error: error as Error })
  else logger.info('The request is refused.', { status, detail })
}

type Handler = (event: APIGatewayProxyEvent, context?: Context) => Promise<APIGatewayProxyResult>

/** Who signed the request: API Gateway checked it, and says it beside the request. */
function callerIn({ requestContext }: Pick<APIGatewayProxyEvent, 'requestContext'>): Caller | null {
  const arn: unknown = requestContext?.identity?.userArn
  return typeof arn === 'string' && arn.startsWith('arn:') ? { arn, self_reported: false } : null
}

/** A handler over these ports. They are opened anew for each request. */
export function handlerOver(ports: () => Ports): Handler {
  const callerOf = ({ env }: HonoContext) => callerIn((env as { event: APIGatewayProxyEvent }).event)
  const answer = handle(apiApp(ports, { told, callerOf })) as Handler
  return async (event, context) => {
    logger.resetKeys()
    const caller = callerIn(event)?.arn
    logger.appendKeys({
      method: event.httpMethod,
      path: event.path,
      caller,
      function_request_id: context?.awsRequestId,
    })
    // API Gateway passes on a body even if the method cannot have one. It is ignored.
    const isBodiless = event.httpMethod === 'GET' || event.httpMethod === 'HEAD'
    const answered = await answer(isBodiless ? { ...event, body: null } : event, context)
    annotate({ run: runOfCall(event.path, answered.body) })
    // Whoever only looks stands in the access log.
    if (!isBodiless && answered.statusCode < 400)
      logger.info('The request is answered.', { status: answered.statusCode })
    return answered
  }
}

export const handler = handlerOver(portsOfStack)
