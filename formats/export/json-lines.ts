/** Items as JSON, piece by piece. Numbers keep the digits of their source. */
import { intoArray, jsonText } from '../../core/text/json.ts'
import type { Items } from './columns.ts'

/** One item a line. */
export async function* jsonLines(items: Items): AsyncGenerator<string> {
  for await (const item of items()) yield `${jsonText(item)}\n`
}

/** An array as Itemwise writes its own: an element a block, indented by two spaces. */
export async function* jsonArray(items: Items): AsyncGenerator<string> {
  let isFirst = true
  for await (const item of items()) {
    yield `${isFirst ? '[\n  ' : ',\n  '}${intoArray(jsonText(item, 2))}`
    isFirst = false
  }
  yield isFirst ? '[]\n' : '\n]\n'
}
