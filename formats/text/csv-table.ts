/** A CSV file of any kind as items. */
import { csvItems } from '../../core/items/csv-items.ts'
import type { InputRow } from '../../core/items/input-row.ts'
import { isObject } from '../../core/text/json.ts'
import type { Bytes } from '../spool.ts'
import type { Table } from '../table.ts'
import { csvForm, type FoundForm, formWords } from './csv-form.ts'
import { decoded, type Encoding, encodingOf, headOf } from './encoding.ts'
import { prefixedColumn, withoutPrefixes } from './text-prefix.ts'

export interface CsvTable extends Table {
  /** Nothing but the rows themselves: UTF-8, commas, no line before the header, and no column that only Itemwise writes. */
  isPlain: boolean
}

const headBytes = 64 * 1024

/** Looks at the beginning of the file, and at all of it if its encoding has to be found out. Throws JsonInvalid. */
export async function csvTable(bytes: Bytes, ending: '.csv' | '.tsv'): Promise<CsvTable> {
  const encoding = await encodingOf(bytes)
  const head = new TextDecoder(encoding.label).decode(await headOf(bytes, headBytes), { stream: true })
  const form = csvForm(head, ending)
  const isOurs = head.slice(0, firstLineEnd(head)).includes(prefixedColumn)
  const isPlain = encoding.label === 'utf-8' && form.delimiter === ',' && form.from === 'default' && !isOurs
  return {
    isPlain,
    items: () => (isOurs ? withoutPrefixes(rows(bytes, encoding, form)) : rows(bytes, encoding, form)),
    readAs: () => `CSV in ${encoding.words}, ${formWords(form)}`,
  }
}

async function* rows(bytes: Bytes, encoding: Encoding, form: FoundForm) {
  const { delimiter, skip } = form
  const texts = skip === 0 ? decoded(bytes, encoding) : without(decoded(bytes, encoding), skip)
  for await (const { value, line } of csvItems(texts, {
    delimiter,
    line: skip === 0 ? 1 : 2,
  }) as AsyncIterable<InputRow>)
    if (isObject(value)) yield { item: value, place: `line ${line}` }
}

async function* without(texts: AsyncIterable<string>, skip: number): AsyncGenerator<string> {
  let left = skip
  for await (const text of texts) {
    yield text.slice(left)
    left = Math.max(0, left - text.length)
  }
}

function firstLineEnd(head: string): number {
  const found = /[\r\n]/.exec(head)
  return found === null ? head.length : found.index
}
