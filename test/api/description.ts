/** docs/openapi.json as a validator: whether bodies and answers are what it says. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { openApi } from '../../tools/openapi.ts'
import type { Answer } from './adapters.ts'

interface Operation {
  parameters?: { name: string; in: string; schema: object }[]
  requestBody?: { required: boolean }
  responses: Record<string, object>
}

export interface Description {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

export const description = openApi() as Description

const id = 'https://itemwise.test/openapi.json'
const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false })
ajv.addSchema({ ...description, $id: id })
const compiled = new Map<string, ValidateFunction>()

/** A validator of the schema at a place of the document, such as `['components', 'schemas', 'Problem']`. */
export function validatorAt(place: readonly string[]): ValidateFunction {
  const pointer = place.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent)
  const $ref = `${id}#/${pointer.join('/')}`
  const found = compiled.get($ref) ?? ajv.compile({ $ref })
  compiled.set($ref, found)
  return found
}

/** A validator of what an operation takes as its body. */
export function bodyValidator(path: string, method: string): ValidateFunction {
  return validatorAt(['paths', path, method, 'requestBody', 'content', 'application/json', 'schema'])
}

/** What an answer has that the description does not say; nothing if there is no such operation, whose answer is a problem. */
export function differencesFromDescription(
  { method, path }: { method: string; path: string },
  { status, headers, text }: Answer,
): string[] {
  const operation = operationOf(path, method.toLowerCase())
  const isProblem = headers['content-type'] === 'application/problem+json'
  const place =
    operation !== undefined && status < 300
      ? [...operation.place, 'responses', String(status), 'content', 'application/json', 'schema']
      : ['components', 'schemas', 'Problem']
  const validate = validatorAt(place)
  const said = isProblem === (place.at(-1) === 'Problem') ? [] : [`${status} came as ${headers['content-type']}`]
  return validate(JSON.parse(text)) ? said : [...said, ajv.errorsText(validate.errors)]
}

function operationOf(path: string, method: string): { place: string[]; operation: Operation } | undefined {
  const parts = path.split('/').filter(Boolean)
  for (const [template, operations] of Object.entries(description.paths)) {
    const wanted = template.split('/').filter(Boolean)
    const fits =
      wanted.length === parts.length && wanted.every((part, at) => part.startsWith('{') || part === parts[at])
    const operation = operations[method]
    if (fits && operation !== undefined) return { place: ['paths', template, method], operation }
  }
  return undefined
}
