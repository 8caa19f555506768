/** What an expression reads, found in its syntax tree: so that nothing is read that it does not ask for, and nothing asked for that is not there. */

/** A node of JSONata's syntax tree; which fields it has depends on its type. */
interface Node {
  type?: string
  value?: unknown
  steps?: Node[]
  [field: string]: unknown
}

export interface Reads {
  /** Bare names and those behind `$item.`, `$.` and `$$.`: the fields of the item. */
  item: Set<string>
  /** It reads the item in another way than by its fields. */
  wholeItem: boolean
  /** The fields of the answer; null if it is not read. */
  answer: Set<string> | null
  ledger: Set<string> | null
  /** The names of all variables and functions. */
  variables: Set<string>
  regexes: RegExp[]
}

/** What of a node is evaluated for another value than the node itself. */
const inside = new Set(['predicate', 'stages', 'group', 'terms', 'pattern', 'update', 'delete'])

/** Finds what an expression reads. */
export function readsOf(tree: object): Reads {
  const reads: Reads = {
    item: new Set(),
    wholeItem: false,
    answer: null,
    ledger: null,
    variables: new Set(),
    regexes: [],
  }
  visit(tree, true)
  return reads

  /** `isOutermost`: names are those that the expression itself is given. */
  function visit(node: unknown, isOutermost: boolean): void {
    if (Array.isArray(node)) for (const one of node) visit(one, isOutermost)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const { type, steps, ...rest } = node as Node
    if (node instanceof RegExp) reads.regexes.push(node)
    else if (type === 'path' && steps !== undefined) visitPath(steps, isOutermost)
    else if (type === 'variable') variable(rest)
    else if (isOutermost && type === 'name') name(String(rest.value))
    else if (isOutermost && (type === 'wildcard' || type === 'descendant' || type === 'parent')) reads.wholeItem = true
    for (const [field, value] of Object.entries(rest)) visit(value, isOutermost && !inside.has(field))
  }

  function visitPath(steps: Node[], isOutermost: boolean): void {
    const [first, second, third] = steps
    const isContext =
      first?.type === 'variable' && (first.value === '$' || (isOutermost && first.value === '')) && bare(first)
    const [head, next] = isContext ? [second, third] : [first, second]
    if (isContext && second?.type === 'name') name(String(second.value), next)
    else if (isOutermost && head?.type === 'name') name(String(head.value), next)
    else if (head?.type === 'variable') variable(head, next)
    else if (head !== undefined) visit(head, isOutermost)
    const from = head === undefined ? 0 : steps.indexOf(head)
    for (const step of steps.slice(0, from + 1)) for (const field of inside) visit(step[field], false)
    for (const step of steps.slice(from + 1)) visit(step, false)
  }

  function name(text: string, next?: Node): void {
    if (text === 'answer' || text === 'ledger') other(text, next)
    else reads.item.add(text)
  }

  function variable({ value }: Node, next?: Node): void {
    const text = String(value)
    reads.variables.add(text)
    if (text === 'answer' || text === 'ledger') other(text, next)
    else if (text === 'item' && next?.type === 'name') reads.item.add(String(next.value))
    else if (text === 'item' || text === '' || text === '$') reads.wholeItem = true
  }

  function other(text: 'answer' | 'ledger', next?: Node): void {
    reads[text] ??= new Set()
    if (next?.type === 'name') reads[text].add(String(next.value))
  }
}

/** Without a predicate of its own. */
function bare(node: Node): boolean {
  return node.predicate === undefined && node.stages === undefined
}
