/** The columns of the table: what every item has, and the fields of its answer. */
import { signal } from '@preact/signals'
import type { Row, StepDocument } from '../api/shapes.ts'
import { keep, kept } from '../state/session.ts'

export interface Column {
  /** As the API sorts by it; undefined: not. */
  sort?: string
  name: string
  title: string
  /** For CSS grid. */
  width: string
  isNumber?: boolean
}

const before: readonly Column[] = [
  { name: 'id', title: 'Item', sort: 'id', width: 'minmax(84px, 0.5fr)' },
  { name: 'review', title: 'Review', sort: 'review', width: '118px' },
]

const behind: readonly Column[] = [
  { name: 'checks', title: 'Checks', width: '92px' },
  { name: 'tokens', title: 'Tokens', sort: 'tokens', width: '72px', isNumber: true },
  { name: 'cost', title: 'Cost', sort: 'cost', width: '82px', isNumber: true },
  { name: 'time', title: 'Time', sort: 'time', width: '76px', isNumber: true },
]

/** Shown unless somebody says so. */
const usuallyHidden = new Set(['time'])

/** The fields that answers have: as the schema says, else as the first ones do. */
export function fieldsOf({ output_schema, id_fields, is_text }: StepDocument, rows: Iterable<Row>): string[] {
  if (is_text) return []
  const said = output_schema?.properties
  const names = new Set(said !== null && typeof said === 'object' ? Object.keys(said) : [])
  if (names.size === 0)
    for (const { answer } of rows)
      if (answer !== null && typeof answer === 'object' && !Array.isArray(answer))
        for (const name of Object.keys(answer)) names.add(name)
  return [...names].filter((name) => !id_fields.includes(name)).slice(0, 40)
}

/** All there could be. `wide` fields get more room: those with longer texts. */
export function allColumns(fields: readonly string[], rows: Iterable<Row>): Column[] {
  const lengths = new Map<string, number>()
  for (const { answer } of rows)
    for (const name of fields) {
      const value = answer !== null && typeof answer === 'object' && !Array.isArray(answer) ? answer[name] : undefined
      const length = Math.min(300, (typeof value === 'string' ? value : JSON.stringify(value ?? '')).length)
      lengths.set(name, Math.max(lengths.get(name) ?? 0, length))
    }
  const ofFields = fields.map((name): Column => {
    const share = Math.max(1, Math.min(6, Math.round((lengths.get(name) ?? 30) / 30)))
    return {
      name: `field:${name}`,
      title: name,
      sort: `field:${name}`,
      width: `minmax(${share > 2 ? 160 : 90}px, ${share}fr)`,
    }
  })
  const whole: Column = { name: 'answer', title: 'Answer', width: 'minmax(200px, 6fr)', sort: 'length' }
  return [...before, ...(ofFields.length === 0 ? [whole] : ofFields), ...behind]
}

const hidden = signal<ReadonlyMap<string, readonly string[]>>(new Map())

/** What somebody hid in the table of this pipeline's step. */
export function hiddenColumns(table: string): readonly string[] {
  return hidden.value.get(table) ?? kept<string[]>(`columns ${table}`) ?? [...usuallyHidden]
}

export function hideColumns(table: string, names: readonly string[]): void {
  hidden.value = new Map([...hidden.value, [table, names]])
  keep(`columns ${table}`, names)
}
