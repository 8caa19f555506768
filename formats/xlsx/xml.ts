/** Reads an XML part of a workbook as events, piece by piece. Names come without their prefix. */
import { Parser } from 'saxen'
import { JsonInvalid } from '../../core/text/json-array.ts'

export interface Handlers {
  open(name: string, attributes: Readonly<Record<string, string>>): void
  close(name: string): void
  /** May come in several pieces. */
  text?(text: string): void
}

/** Yields after each piece, so that what the handlers gathered can be handed on. Throws JsonInvalid. */
export async function* xmlEvents(
  chunks: AsyncIterable<Uint8Array>,
  part: string,
  handlers: Handlers,
): AsyncGenerator<undefined> {
  const parser = new Parser()
  let problem: Error | undefined
  parser.on('openTag', (name, attributes, decode) => handlers.open(local(name), decoded(attributes(), decode)))
  parser.on('closeTag', (name) => handlers.close(local(name)))
  parser.on('text', (text, decode) => handlers.text?.(decode(text)))
  parser.on('cdata', (text) => handlers.text?.(text))
  parser.on('error', (error) => {
    problem ??= error
  })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of chunks) {
    parser.write(decoder.decode(chunk, { stream: true }))
    if (problem !== undefined) throw notXml(part, problem)
    yield
  }
  const cut = parser.end()
  if (problem !== undefined || cut instanceof Error) throw notXml(part, problem ?? cut)
  yield
}

/** The same for a part of which nothing is handed on before its end. */
export async function readXml(chunks: AsyncIterable<Uint8Array>, part: string, handlers: Handlers): Promise<void> {
  for await (const _piece of xmlEvents(chunks, part, handlers));
}

function decoded(attributes: Record<string, string>, decode: (text: string) => string): Record<string, string> {
  for (const [name, value] of Object.entries(attributes)) if (value.includes('&')) attributes[name] = decode(value)
  return attributes
}

function local(name: string): string {
  const at = name.indexOf(':')
  return at === -1 ? name : name.slice(at + 1)
}

function notXml(part: string, cause: unknown): JsonInvalid {
  return new JsonInvalid(`is damaged: its part ${part} is not XML. Save it again in the program it comes from`, {
    cause,
  })
}
