/** The spend log: one partition of the table, a record an entry, in the order of months and places. Records are only ever added. */
import { type SpendEntry, spendEntry } from '../../core/documents.ts'
import { spendKey, spendPartition } from './records.ts'
import type { Table, TableRow } from './table.ts'

export async function spendMonths(table: Table): Promise<string[]> {
  const months = new Set<string>()
  const only = { ProjectionExpression: '#record', ExpressionAttributeNames: { '#record': 'record' } }
  for await (const { record } of table.below(spendPartition, '', only)) months.add(String(record).slice(0, 7))
  return [...months]
}

export async function readSpendLog(table: Table, month: string): Promise<{ entries: SpendEntry[]; next: number }> {
  const rows = await Array.fromAsync(table.below(spendPartition, `${month}#`))
  return { entries: rows.flatMap((row) => entryIn(row) ?? []), next: rows.length }
}

/** False if another process has added one meanwhile. Throws StoreUnwritable. */
export async function addSpend(
  table: Table,
  { month, next, entry }: { month: string; next: number; entry: SpendEntry },
): Promise<boolean> {
  const key = spendKey(month, next)
  const text = JSON.stringify(entry)
  // The same request may come twice, if its answer was lost.
  const when = { holds: 'attribute_not_exists(#entry) OR #entry = :entry' }
  return (await table.change(key, { set: { entry: text }, when })).done
}

function entryIn({ entry }: TableRow): SpendEntry | undefined {
  try {
    return spendEntry.safeParse(JSON.parse(String(entry))).data
  } catch {
    return undefined
  }
}
