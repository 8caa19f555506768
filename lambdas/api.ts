/** Lambda `api`: the REST API. Finds the route, answers as JSON, and tells what is wrong as problem+json. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { jsonText } from '../core/json.ts'
import { Call } from './api/call.ts'
import { findRoute } from './api/find-route.ts'
import { problemAnswer, problemIn } from './api/problem.ts'
import { routes } from './api/routes.ts'
import { toolsOfStack } from './api/tools.ts'
import { logger } from './environment.ts'

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  logger.resetKeys()
  logger.appendKeys({ method: event.httpMethod, path: event.path })
  try {
    const { route, names } = findRoute(routes, event.httpMethod, event.path)
    const answer = await route.answer(toolsOfStack(), new Call(event, names))
    return { statusCode: route.status, headers: { 'Content-Type': 'application/json' }, body: jsonText(answer) }
  } catch (error) {
    const problem = problemIn(error)
    if (problem.problem.status >= 500) logger.error('The request failed.', { error: error as Error })
    else logger.info('The request is refused.', { status: problem.problem.status, detail: problem.problem.detail })
    return problemAnswer(problem)
  }
}
