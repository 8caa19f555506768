/** docs/openapi.json, made from the table of routes and the schemas: what the API takes is what the API checks. */
import * as z from 'zod'
import { kinds, problemDocument } from '../lambdas/api/problem.ts'
import { type Route, routes } from '../lambdas/api/routes.ts'

/** The document. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    paths[route.path] ??= {}
    paths[route.path]![route.method.toLowerCase()] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Itemwise',
      version: '1',
      description:
        'Starts runs on AWS and tells how they stand. Requests are signed with IAM (Signature Version 4, service execute-api). Names in a path are percent-encoded.',
    },
    servers: [{ url: 'https://{api}.execute-api.{region}.amazonaws.com/prod', variables: serverVariables }],
    security: [{ iam: [] }],
    paths,
    components: {
      securitySchemes: {
        iam: { type: 'apiKey', in: 'header', name: 'Authorization', 'x-amazon-apigateway-authtype': 'awsSigv4' },
      },
      schemas: { Problem: schemaOf(problemDocument, 'output') },
      responses: { Problem: problemResponse },
    },
  }
}

const serverVariables = {
  api: { default: 'api-id', description: 'The output ApiUrl of the stack has it.' },
  region: { default: 'us-east-1' },
}

const problemResponse = {
  description: `What is wrong: ${Object.entries(kinds)
    .map(([kind, [status]]) => `${status} ${kind}`)
    .join(', ')}.`,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

function operation({ name, does, path, takes, keyed, paged, status, answers }: Route): object {
  const parameters = [...pathParameters(path), ...(keyed ? [idempotencyKey] : []), ...(paged ? pageParameters : [])]
  return {
    operationId: name,
    summary: does,
    ...(parameters.length > 0 && { parameters }),
    ...(takes !== null && {
      requestBody: { required: keyed !== true || path === '/runs', content: json(takes, 'input') },
    }),
    responses: {
      [status]: { description: does, content: json(answers, 'output') },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same key with the same body starts nothing twice: the first run is the answer, for 90 days.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const pageParameters = [
  { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
  { name: 'next', in: 'query', description: 'The next of the page before.', schema: { type: 'string' } },
]

function json(schema: z.ZodType, io: 'input' | 'output'): object {
  return { 'application/json': { schema: schemaOf(schema, io) } }
}

/** OpenAPI 3.1 takes JSON Schema as it is. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>
  return rest
}
