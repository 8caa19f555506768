/** docs/openapi.json, made from the routes of the app and their schemas: what the API takes is what the API checks. */
import * as z from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { mostAtOnce, usually } from '../api/page.ts'
import { kinds, problemDocument } from '../api/problem.ts'
import type { Route } from '../api/route.ts'
import { routes } from '../api/routes.ts'
import { usualPort } from '../cli/serve/port.ts'
import { writtenRequest } from '../core/request.ts'

/** The document. */
export function openApi(): object {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    paths[route.path] ??= {}
    Object.assign(paths[route.path]!, { [route.method.toLowerCase()]: operation(route) })
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Itemwise',
      version: '1',
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'Starts runs and tells how they stand, on AWS and on a laptop. On AWS requests are signed with IAM (Signature Version 4, service execute-api); `itemwise serve` takes a token. Names in a path are percent-encoded.',
    },
    servers: [
      { url: 'https://{api}.execute-api.{region}.amazonaws.com/prod', variables: serverVariables },
      { url: 'http://127.0.0.1:{port}', variables: { port: { default: String(usualPort) } } },
    ],
    security: [{ iam: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        iam: { type: 'apiKey', in: 'header', name: 'Authorization', 'x-amazon-apigateway-authtype': 'awsSigv4' },
        token: { type: 'http', scheme: 'bearer', description: 'The token that `itemwise serve` printed.' },
      },
      schemas: { Problem: problemDocument, RunRequest: writtenRequest, GatewayMessage: gatewayMessage },
      responses: { Problem: problemResponse, ...gatewayResponses },
    },
  })
}

const serverVariables = {
  api: { default: 'api-id', description: 'The output ApiUrl of the stack has it.' },
  region: { default: 'us-east-1' },
}

const problemResponse = {
  description: `What is wrong: ${Object.entries(kinds)
    .map(([kind, [status]]) => `${status} ${kind}`)
    .join(', ')}.`,
  content: { 'application/problem+json': { schema: problemDocument } },
}

/** What API Gateway answers by itself, before or instead of the Lambda: on AWS only. */
const gatewayMessage = z.object({ message: z.string() }).describe('What API Gateway says, in its own form.')

const said = { 'application/json': { schema: gatewayMessage } }
const ours = { 'application/problem+json': { schema: problemDocument } }
const gatewayResponses = {
  Forbidden: {
    description:
      'On AWS, from API Gateway: the request is not signed, its signature is not valid or has expired, or the signer may not invoke the API. From `itemwise serve`: the request is for another host.',
    content: { ...said, ...ours },
  },
  TooManyRequests: {
    description:
      'From API Gateway: more requests a second than the setting apiRequestsPerSecond, or than the account may make. Ask again in a second.',
    content: said,
  },
  TimedOut: {
    description:
      'From API Gateway: no answer within 29 seconds. A run may have been started: with the same Idempotency-Key nothing is started twice.',
    content: said,
  },
}

function operation({
  name,
  does,
  path,
  takes,
  bodyOptional = false,
  keyed,
  paged,
  query,
  status,
  answers,
  event,
}: Route): ZodOpenApiOperationObject {
  const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, part = '']) => [part, z.string().min(1)])
  return {
    operationId: name,
    summary: does,
    requestParams: {
      ...(parts.length > 0 && { path: z.object(Object.fromEntries(parts)) }),
      ...(keyed && { header: z.object({ 'Idempotency-Key': idempotencyKey }) }),
      ...((paged || query) && { query: (paged ? pageQuery : z.object({})).extend(query?.shape ?? {}) }),
    },
    ...(takes !== null && {
      requestBody: { required: !bodyOptional, content: { 'application/json': { schema: takes } } },
    }),
    responses: {
      ...(answers === null
        ? fileResponses(does)
        : { [status]: { description: does, content: contentOf(answers, event) } }),
      403: { $ref: '#/components/responses/Forbidden' },
      429: { $ref: '#/components/responses/TooManyRequests' },
      504: { $ref: '#/components/responses/TimedOut' },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function contentOf(schema: z.ZodType, event: string | undefined) {
  if (event === undefined) return { 'application/json': { schema } }
  const text = z.string().describe(`Events \`${event}\`, the data of each the JSON of this schema.`)
  return { 'text/event-stream': { schema: text }, 'application/json': { schema } }
}

/** Clients follow the redirection, most of them by themselves; the address takes no signature and no token. */
function fileResponses(does: string) {
  const any = { schema: z.unknown() }
  return {
    200: {
      description: `${does} From \`itemwise serve\`: the file.`,
      content: { 'application/json': any, 'text/plain': { schema: z.string() } },
    },
    302: {
      description: `${does} On AWS: where it is, for 15 minutes at most, for anybody who has the address.`,
      headers: z.object({ Location: z.url() }),
      content: { 'application/json': { schema: z.object({ url: z.url() }) } },
    },
  }
}

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/\S/)
  .describe(
    'The same key with the same body starts nothing twice: the first run is the answer, on AWS for 90 days, on a laptop as long as the workspace keeps its index of runs.',
  )
  .optional()

const pageQuery = z.object({
  limit: z.int().min(1).max(mostAtOnce).default(usually),
  next: z
    .string()
    .regex(/^[\w-]+$/)
    .describe('The next of the page before; leave it out for the first page.')
    .optional(),
})
