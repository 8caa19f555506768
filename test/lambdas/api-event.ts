/** A request as API Gateway hands it to the Lambda of the API. */
import type { APIGatewayProxyEvent } from 'aws-lambda'

export interface Sending {
  body?: unknown
  headers?: Record<string, string>
  query?: Record<string, string>
  base64?: boolean
}

/** `path` is as it was sent, percent-encoded. A body that is no text is sent as JSON. */
export function apiEvent(
  method: string,
  path: string,
  { body, headers, query, base64 = false }: Sending = {},
): APIGatewayProxyEvent {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
  return {
    httpMethod: method,
    path,
    headers: { ...(text === null ? {} : { 'Content-Type': 'application/json' }), ...headers },
    queryStringParameters: query ?? null,
    body: text === null ? null : base64 ? Buffer.from(text).toString('base64') : text,
    isBase64Encoded: base64,
  } as unknown as APIGatewayProxyEvent
}
