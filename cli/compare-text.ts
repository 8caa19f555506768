/** The text of `itemwise compare`. People grep it. */

import type { VersionState } from '../core/store.ts'
import { foldIds } from '../core/text/id-runs.ts'
import type { AnswerCounts, Comparison, StepComparison } from '../core/versions/compare.ts'
import { printable } from './printable.ts'
import { hasStats, originLines, rule, savedLines, versionTitle } from './version-text.ts'

/** The whole text without details. */
export function compareText(comparison: Comparison): string {
  const { pipeline, a, b } = comparison
  const parts = [
    [rule, `COMPARING: ${pipeline}`, `${a.metadata.version} vs ${b.metadata.version}`, rule],
    ['Version Info:', ...versionLines(a)],
    versionLines(b),
    ['Items:', ...itemLines(comparison)],
    ...(comparison.steps.length === 0 ? [] : [['Collated:', ...comparison.steps.map(stepLine)]]),
  ]
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function versionLines(state: VersionState): string[] {
  const { stats } = state.metadata
  const lines = [...originLines(state.metadata), ...(hasStats(stats) ? savedLines(stats) : [])]
  return [`  ${versionTitle(state)}:`, ...lines.map((line) => `    ${line}`)]
}

function itemLines({ a, b, items, stands_on }: Comparison): string[] {
  const [nameA, nameB] = [a.metadata.version, b.metadata.version]
  return [
    `  Total in ${nameA}: ${items.in_a}`,
    `  Total in ${nameB}: ${items.in_b}`,
    `  In both: ${items.in_both}`,
    `  Only in ${nameA}: ${printable(foldIds(items.only_in_a)) || nothing(stands_on === 'a_on_b', nameB)}`,
    `  Only in ${nameB}: ${printable(foldIds(items.only_in_b)) || nothing(stands_on === 'b_on_a', nameA)}`,
  ]
}

function nothing(merged: boolean, base: string): string {
  return merged ? `(none, merged with ${base})` : '(none)'
}

/** `Step 1 (write_story)`. */
export function stepName({ step, prompt_name }: Pick<StepComparison, 'step' | 'prompt_name'>): string {
  return `Step ${step} (${prompt_name})`
}

function stepLine(step: StepComparison): string {
  const counts = step.answers === null ? `not compared, ${step.not_compared}` : countsText(step.answers)
  return `  ${stepName(step)}: ${counts}`
}

function countsText({ same, changed, added, removed }: AnswerCounts): string {
  return `${same} same, ${changed} changed, ${added} added, ${removed} removed`
}
