/** The items of an input file, one after another: `.json` (an array, or file.json#/path/to/array), `.jsonl` or `.csv`. */
import { parse as csvParser } from 'csv-parse'
import { type Json, parseJson } from './json.ts'
import { arrayElements, JsonInvalid, jsonMistake } from './json-array.ts'
import { lines } from './lines.ts'

export interface Row {
  value: Json
  /** The line of the file on which it begins, from 1; in a .csv file the one on which it ends. */
  line: number
}

export interface InputPath {
  path: string
  /** A JSON Pointer such as /data/items; empty for the whole file. */
  pointer: string
}

/** Splits `file.json#/path/to/array`. */
export function splitPointer(text: string): InputPath {
  const at = text.indexOf('#')
  return at === -1 ? { path: text, pointer: '' } : { path: text.slice(0, at), pointer: text.slice(at + 1) }
}

/** Endings of the files that hold items. */
export const arrayEndings = ['.json', '.jsonl', '.csv'] as const

/** Reads items. Throws JsonInvalid with line and column where the content is not what the ending says. */
export function rowsOf({ path, pointer }: InputPath, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Row> {
  const ending = path.slice(path.lastIndexOf('.')).toLowerCase()
  if (ending === '.json') return arrayElements(chunks, pointerParts(pointer))
  if (pointer !== '') throw new JsonInvalid(`is a ${ending} file. #${pointer} can point only into a .json file`)
  if (ending === '.jsonl') return jsonlRows(chunks)
  if (ending === '.csv') return csvRows(chunks)
  throw new JsonInvalid(`has the ending ${ending}. Expected ${arrayEndings.join(', ')}`)
}

/** The parts of a JSON Pointer (RFC 6901). */
export function pointerParts(pointer: string): string[] {
  if (pointer === '' || pointer === '/') return []
  return pointer
    .replace(/^\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value to which a JSON Pointer leads, or undefined where it leads nowhere. */
export function valueAt(whole: Json, pointer: string): Json | undefined {
  let value: Json | undefined = whole
  for (const part of pointerParts(pointer)) value = (value as { [key: string]: Json } | undefined)?.[part]
  return value
}

async function* jsonlRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Row> {
  let number = 0
  for await (const { text } of lines(onlyUtf8(chunks))) {
    number++
    const clean = number === 1 ? text.replace(/^\uFEFF/, '') : text
    if (clean.trim() === '') continue
    yield { value: parsedLine(clean, number), line: number }
  }
}

function parsedLine(text: string, line: number): Json {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new JsonInvalid(
      `is not JSON Lines ${jsonMistake(text, cause, { line, column: 1 })}. Expected one JSON value on each line`,
      { cause },
    )
  }
}

async function* csvRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Row> {
  const parser = csvParser({ bom: true, columns: uniqueColumns, info: true, skip_empty_lines: true })
  const feeding = feed(parser, onlyUtf8(chunks))
  // It may fail while a row is still being worked on; `await feeding` tells it in its turn.
  feeding.catch(() => {})
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: { [key: string]: Json }
      info: { lines: number }
    }>) {
      yield { value: record, line: info.lines }
    }
    await feeding
  } catch (cause) {
    if (cause instanceof JsonInvalid) throw cause
    throw new JsonInvalid(`is not CSV with a header line: ${(cause as Error).message}`, { cause })
  } finally {
    parser.destroy()
    await feeding.catch(() => {})
  }
}

function uniqueColumns(header: string[]): string[] {
  const repeated = header.filter((name, at) => header.indexOf(name) !== at)
  if (repeated.length > 0) throw new JsonInvalid(`has the column ${repeated[0]} twice. Expected each column once`)
  return header
}

async function feed(parser: ReturnType<typeof csvParser>, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (parser.destroyed) return
      if (!parser.write(chunk)) await new Promise((resolve) => parser.once('drain', resolve).once('close', resolve))
    }
    parser.end()
  } catch (cause) {
    parser.destroy(cause as Error)
    throw cause
  }
}

/** Passes chunks on up to the first that is not UTF-8; characters may be cut anywhere. */
async function* onlyUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of chunks) {
    decodeOrRefuse(() => decoder.decode(chunk, { stream: true }))
    yield chunk
  }
  decodeOrRefuse(() => decoder.decode())
}

function decodeOrRefuse(decode: () => string): void {
  try {
    decode()
  } catch (cause) {
    throw new JsonInvalid('is not UTF-8. Save it again with that encoding', { cause })
  }
}
