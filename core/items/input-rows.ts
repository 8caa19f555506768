/** The items of an input file, one after another: `.json` (an array, or file.json#/path/to/array), `.jsonl` or `.csv`. */

import { elementBatches, JsonInvalid, jsonMistake, parsedWithDepth } from '../text/json-array.ts'
import { pointerParts } from '../text/json-pointer.ts'
import { lines } from '../text/lines.ts'
import { csvItems } from './csv-items.ts'
import type { InputRow } from './input-row.ts'

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

/** Reads items. Throws JsonInvalid with line and column if the content does not fit the file's ending. */
export function rowsOf(path: InputPath, chunks: AsyncIterable<Uint8Array>): AsyncIterable<InputRow> {
  return singly(rowBatches(path, chunks))
}

async function* singly(batches: AsyncIterable<readonly InputRow[]>): AsyncGenerator<InputRow> {
  for await (const batch of batches) for (const row of batch) yield row
}

/** The same as many at a time as come at once. */
export function rowBatches(
  { path, pointer }: InputPath,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<readonly InputRow[]> {
  const ending = path.slice(path.lastIndexOf('.')).toLowerCase()
  if (ending === '.json') return elementBatches(chunks, pointerParts(pointer), { entries: true })
  if (pointer !== '') throw new JsonInvalid(`is a ${ending} file. #${pointer} can point only into a .json file`)
  if (ending === '.jsonl') return batchesOf(jsonlRows(chunks))
  if (ending === '.csv') return batchesOf(csvItems(utf8Texts(chunks)))
  throw new JsonInvalid(`has the ending ${ending}. Expected ${arrayEndings.join(', ')}`)
}

async function* batchesOf(rows: AsyncIterable<InputRow>): AsyncGenerator<InputRow[]> {
  for await (const row of rows) yield [row]
}

async function* jsonlRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<InputRow> {
  let number = 0
  for await (const { text } of lines(onlyUtf8(chunks))) {
    number++
    const clean = number === 1 ? text.replace(/^\uFEFF/, '') : text
    if (clean.trim() === '') continue
    yield { ...parsedLine(clean, number), line: number, size: clean.length }
  }
}

function parsedLine(text: string, line: number): Pick<InputRow, 'value' | 'isTooDeep'> {
  try {
    return parsedWithDepth(text)
  } catch (cause) {
    throw new JsonInvalid(
      `is not JSON Lines ${jsonMistake(text, cause, { line, column: 1 })}. Expected one JSON value on each line`,
      { cause },
    )
  }
}

/** The text of chunks, without a byte order mark; characters may be cut anywhere. */
async function* utf8Texts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of chunks) yield decodeOrRefuse(() => decoder.decode(chunk, { stream: true }))
  yield decodeOrRefuse(() => decoder.decode())
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

function decodeOrRefuse(decode: () => string): string {
  try {
    return decode()
  } catch (cause) {
    throw new JsonInvalid('is not UTF-8. Save it again with that encoding', { cause })
  }
}
