/** What `itemwise try` shows: each item's prompt and answer, with tokens and cost; of several variants side by side. */
import type { ItemInStep } from '../core/versions/find-item.ts'
import { sideBySide } from './columns.ts'
import { countText, moneyText, secondsText } from './number-text.ts'
import { printable } from './printable.ts'
import type { Variant } from './try-variants.ts'
import { rule } from './version-text.ts'

/** One item as one variant answered it. */
export interface Tried {
  variant: Pick<Variant, 'model' | 'prompt'>
  steps: ItemInStep[]
}

/** `tries` are the variants in their order; each has the item in every step that it reached. */
export function triedText(item: string, tries: readonly Tried[], width: number): string {
  const numbers = [...new Set(tries.flatMap(({ steps }) => steps.map(({ step }) => step)))].sort((a, b) => a - b)
  const blocks = numbers.map((step) => stepText(step, tries, width))
  return `${rule}\nItem ${printable(item)}\n${rule}\n${blocks.join('\n')}`
}

function stepText(number: number, tries: readonly Tried[], width: number): string {
  const columns = tries.map(({ steps }) => steps.find(({ step }) => step === number))
  const prompts = columns.map((column) => column?.prompt ?? '')
  const isSame = prompts.every((prompt) => prompt === prompts[0])
  const named = columns.find((column) => column !== undefined)
  return [
    `Step ${number} (${named?.prompt_name ?? ''}), prompt:\n`,
    isSame ? `${printable(prompts[0] ?? '').trimEnd()}\n` : beside(prompts.map(printable), width),
    `${'-'.repeat(70)}\n`,
    beside(
      columns.map((column) => `${headOf(column)}\n${answerOf(column)}`),
      width,
    ),
  ].join('')
}

/** Two stand side by side; more would be too narrow to read. */
function beside(texts: readonly string[], width: number): string {
  const [left, right] = texts
  if (texts.length === 2 && left !== undefined && right !== undefined) return sideBySide(left, right, width)
  return texts.map((text) => `${text.trimEnd()}\n`).join('\n')
}

/** `claude-haiku-4-5, generate_problem: 604 tokens in, 66 out, $0.0009, 1.2s` */
function headOf(column: ItemInStep | undefined): string {
  if (column?.line == null) return '(did not come to this step)'
  const { model, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_usd, milliseconds } =
    column.line
  const input = input_tokens + cache_read_tokens + cache_write_tokens
  const cost = cost_usd === null ? 'cost unknown' : moneyText(cost_usd)
  const spent = [
    `${countText(input)} tokens in`,
    `${countText(output_tokens)} out`,
    cost,
    secondsText(milliseconds / 1000),
  ]
  return `${model ?? 'no model'}, ${column.prompt_name}: ${spent.join(', ')}`
}

function answerOf(column: ItemInStep | undefined): string {
  if (column === undefined) return ''
  const { answer, reply, line } = column
  if (answer !== null) return printable(answer)
  const error = line?.error
  const why = error == null ? 'no answer' : `${error.kind}: ${error.message}`
  return printable(reply === null ? `(${why})` : `(${why})\n${reply}`)
}
