/** What a run came to, and where everything is. */
import { oneOffs, stepNumber } from '../core/store.ts'
import type { RunResult } from '../runners/local.ts'
import { countText, moneyText } from './number-text.ts'
import { oddityLines } from './oddities-text.ts'

export function resultText(result: RunResult): string {
  const { pipeline, version, folder, stats, caching_saved_usd } = result
  const name = pipeline === oneOffs ? `One-off run ${version}` : `${version} of ${pipeline}`
  const saved = [...savedText(caching_saved_usd ?? 0), ...halfPriceText(stats)]
  return [
    `${name} is completed: ${summary(stats)}.`,
    ...suggestedText(result),
    ...saved,
    ...oddityLines(stats.steps),
    '',
    folder,
    ...tree(result),
    '',
  ].join('\n')
}

function suggestedText({ pipeline, stats }: RunResult): string[] {
  const count = stats.steps.reduce((sum, { suggested = 0 }) => sum + suggested, 0)
  if (count === 0) return []
  const [answers, edited, them] = count === 1 ? ['answer', 'an edited one', 'it'] : ['answers', 'edited ones', 'them']
  return [`${countText(count)} new ${answers} beside ${edited}: \`itemwise reviews ${pipeline}\` names ${them}.`]
}

function savedText(usd: number): string[] {
  if (usd === 0) return []
  return [usd > 0 ? `Caching saved ${moneyText(usd)}.` : `Caching cost ${moneyText(-usd)} more than it saved.`]
}

function halfPriceText({ batch_saved_usd }: RunResult['stats']): string[] {
  return batch_saved_usd === undefined ? [] : [`Half price saved ${moneyText(batch_saved_usd)}.`]
}

function summary(stats: RunResult['stats']): string {
  const { items, processed, carried_over, skipped, failed, cost_usd } = stats
  const input = stats.input_tokens + stats.cache_read_tokens + stats.cache_write_tokens
  const parts = [
    `${countText(items)} item${items === 1 ? '' : 's'}`,
    `${countText(processed)} processed`,
    carried_over > 0 ? `${countText(carried_over)} carried over` : '',
    skipped > 0 ? `${countText(skipped)} skipped` : '',
    failed > 0 ? `${countText(failed)} failed` : '',
    `${countText(input)} tokens in, ${countText(stats.output_tokens)} out`,
    cost_usd === null ? 'cost unknown' : cost_usd > 0 ? moneyText(cost_usd) : '',
  ]
  return parts.filter(Boolean).join(', ')
}

function tree({ folder, stats, outputs, keep }: RunResult): string[] {
  const rows = outputs.map((path, at) => [path.slice(folder.length + 1), answers(stats, at)])
  for (const step of stats.steps)
    if (step.failed > 0) rows.push([`${stepNumber(step.step)}_errors.json`, failures(step)])
  rows.push(
    ['items/', keep?.items === 'packed' ? 'each answer by itself, a thousand in a file' : 'each answer by itself'],
    ...(keep?.prompts === 'none' ? [] : [['prompts/', 'exactly what was sent']]),
    ['templates/, run.json', 'the templates and the request as they were'],
    ['*_ledger.jsonl', 'one line per item: tokens, cost, time, where the answer is'],
    ['metadata.json', 'status, label, notes, stats'],
  )
  const width = Math.max(...rows.map(([path = '']) => path.length))
  return rows.map(([path = '', what], at) => `${at === rows.length - 1 ? '└──' : '├──'} ${path.padEnd(width)}  ${what}`)
}

/** `3 failed: 2 refusal, 1 max_tokens`, the most frequent first. */
function failures({ failed, failed_by_kind = {} }: RunResult['stats']['steps'][number]): string {
  const kinds = Object.entries(failed_by_kind).sort(([, a], [, b]) => b - a)
  const told = kinds.map(([kind, count]) => `${countText(count)} ${kind}`).join(', ')
  return `${countText(failed)} failed: ${told || 'what, and why'}`
}

function answers({ steps }: RunResult['stats'], at: number): string {
  const step = steps[at]
  if (step === undefined) return ''
  const held = step.answers ?? step.items - step.skipped - step.failed
  return `${countText(held)} answer${held === 1 ? '' : 's'}`
}
