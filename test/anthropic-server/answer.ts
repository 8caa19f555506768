/** The server's answers: the same text for the same prompt, and JSON that meets the request's schema. */
import { hash } from 'node:crypto'
import type { MessageRequest } from './check-request.ts'

type Schema = Record<string, unknown>

/** The text of all user turns. */
export function promptOf({ messages }: MessageRequest): string {
  return messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => textOf(content))
    .join('\n\n')
}

/** The text of a system prompt or of a turn's content. */
export function textOf(content: MessageRequest['system']): string {
  if (content === undefined) return ''
  return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('')
}

export function answerTo(request: MessageRequest, prompt: string): string {
  const digest = hash('sha256', prompt)
  const schema = request.output_config?.format?.schema
  if (schema !== undefined) return JSON.stringify(valueFor(schema, { root: schema, digest, path: '' }))
  return `{"answer": "answer ${digest.slice(0, 12)}", "length": ${prompt.length}, "score": ${Number.parseInt(digest.slice(0, 6), 16) % 101}}`
}

/** Whether a call asks for JSON: by a schema, or by the word. */
export function asksForJson({ system, output_config }: MessageRequest, prompt: string): boolean {
  return output_config?.format !== undefined || /json/i.test(`${textOf(system)} ${prompt}`)
}

/** Some sentences, the same for the same prompt. */
export function proseTo(prompt: string): string {
  const digest = hash('sha256', prompt)
  return `Of course, here you are [${digest.slice(0, 4)}].\n\n"${prompt.slice(0, 20).toWellFormed()}" it is: {not JSON at all}.`
}

interface Place {
  root: Schema
  digest: string
  path: string
}

function valueFor(schema: Schema, place: Place): unknown {
  const number = () => Number.parseInt(hash('sha256', place.digest + place.path).slice(0, 8), 16)
  const pick = <T>(values: T[]): T => values[number() % values.length] as T
  const below = (key: string | number): Place => ({ ...place, path: `${place.path}/${key}` })
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return pick(schema.enum)
  if (typeof schema.$ref === 'string') return valueFor(resolve(schema.$ref, place.root), below('ref'))
  if (Array.isArray(schema.anyOf)) return valueFor(pick(schema.anyOf), below('anyOf'))
  if (Array.isArray(schema.allOf))
    return Object.assign({}, ...schema.allOf.map((part: Schema) => valueFor(part, below('allOf'))))
  const type = Array.isArray(schema.type) ? pick(schema.type) : schema.type
  if (type === 'object') {
    const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
    return Object.fromEntries(properties.map(([name, part]) => [name, valueFor(part, below(name))]))
  }
  if (type === 'array') return [0, 1].map((at) => valueFor(schema.items as Schema, below(at)))
  if (type === 'integer') return number() % 100
  if (type === 'number') return (number() % 1000) / 10
  if (type === 'boolean') return number() % 2 === 0
  if (type === 'null') return null
  return texts[String(schema.format)] ?? `text ${hash('sha256', place.digest + place.path).slice(0, 8)}`
}

const texts: Record<string, string> = {
  'date-time': '2026-03-02T09:15:00Z',
  time: '09:15:00Z',
  date: '2026-03-02',
  duration: 'P1D',
  email: 'ada@example.com',
  hostname: 'example.com',
  uri: 'https://example.com/a',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
}

function resolve(reference: string, root: Schema): Schema {
  let place: unknown = root
  for (const key of reference.split('/').slice(1)) place = (place as Schema)[key]
  return place as Schema
}
