/** Opens a table that a person saved in a spreadsheet program: .xlsx, .csv or .tsv. */
import { JsonInvalid } from '../core/text/json-array.ts'
import { formatOf } from './format-of.ts'
import type { Bytes } from './spool.ts'
import type { Table } from './table.ts'
import { unpacked } from './unpacked.ts'

/** `path`: its ending says what it is; what stands behind # names a sheet. Throws JsonInvalid, also while its rows are read. */
export async function openTable(given: Bytes, { path, sheet }: { path: string; sheet: string }): Promise<Table> {
  const { name = null, isPacked = false } = formatOf(path) ?? {}
  const isText = name === 'csv' || name === 'tsv'
  if (!isText && name !== 'xlsx') throw new JsonInvalid('is no table. Expected .xlsx, .csv or .tsv')
  if (isText && sheet !== '') throw new JsonInvalid(`has no sheets, so #${sheet} is none of them. Leave it out`)
  const bytes = isPacked ? await unpacked(given) : given
  if (isText) return (await import('./text/csv-table.ts')).csvTable(bytes, `.${name}`)
  return (await import('./xlsx/xlsx-table.ts')).xlsxTable(bytes, sheet)
}
