/** A change of one record, and its DynamoDB expression. */

export type TableRow = Record<string, unknown>

/** Fields by their names. */
export interface Change {
  set?: TableRow
  /** Set only if the record has no such field yet. */
  setIfMissing?: TableRow
  add?: Record<string, number>
  remove?: string[]
  /** What must hold, else nothing changes: `#epoch = :was`, names with #, and the values of its own. */
  when?: { holds: string; values?: TableRow }
}

export function expressionsOf({ set = {}, setIfMissing = {}, add = {}, remove = [], when }: Change) {
  const given = [...Object.keys(set).map(assigned), ...Object.keys(setIfMissing).map(assignedOnce)]
  const added = Object.keys(add).map((name) => `#${name} :${name}`)
  const removed = remove.map((name) => `#${name}`)
  const clauses = { SET: given, ADD: added, REMOVE: removed }
  const UpdateExpression = Object.entries(clauses)
    .filter(([, parts]) => parts.length > 0)
    .map(([word, parts]) => `${word} ${parts.join(', ')}`)
    .join(' ')
  const values = placeholders({ ...set, ...setIfMissing, ...add, ...when?.values })
  return {
    UpdateExpression,
    ConditionExpression: when?.holds,
    ExpressionAttributeNames: namesIn(`${UpdateExpression} ${when?.holds ?? ''}`),
    ExpressionAttributeValues: Object.keys(values).length > 0 ? values : undefined,
  }
}

/** Every name in an expression has a #, since many words are reserved. */
export function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = '']) => [placeholder, name]))
}

function assigned(name: string): string {
  return `#${name} = :${name}`
}

function assignedOnce(name: string): string {
  return `#${name} = if_not_exists(#${name}, :${name})`
}

function placeholders(row: TableRow): TableRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [`:${name}`, value]))
}
