/** The texts of `itemwise compare --detail`: changed answers, templates, settings, and what both versions took. */
import { type Change, diffWordsWithSpace, structuredPatch } from 'diff'
import pc from 'picocolors'
import type { Metadata } from '../core/documents.ts'
import { inlineJson, type Json } from '../core/text/json.ts'
import { answerValue, type ChangedField, changedFields } from '../core/versions/changed-answer-fields.ts'
import type { InstructionChanges } from '../core/versions/compare.ts'
import type { AnswerDifference } from '../core/versions/compare-step.ts'
import { countText, moneyText, secondsText, signed } from './number-text.ts'
import { printable } from './printable.ts'
import { hasStats, inputTokens } from './version-text.ts'

type Colours = ReturnType<typeof pc.createColors>

/** How texts about changes are coloured; without colours a word diff has brackets. */
export interface ChangeStyle {
  colour: boolean
}

/** One item: each changed field with its old and new value. */
export function changedItemText(
  { item_id, before, after }: Pick<AnswerDifference, 'item_id' | 'before' | 'after'>,
  { colour }: ChangeStyle,
): string {
  const fields = changedFields(answerValue(before ?? ''), answerValue(after ?? ''))
  const lines = fields.map((field) => `    ${fieldText(field, pc.createColors(colour))}`)
  if (lines.length === 0) lines.push('    (only spaces or the order of fields)')
  return `  Item ${printable(item_id)}:\n${lines.join('\n')}\n`
}

// Below this length two values are easier read one after the other.
const longText = 60

function fieldText({ path, before, after }: ChangedField, colours: Colours): string {
  const name = printable(path || '(answer)')
  if (isLong(before) && isLong(after)) {
    const words = wordDiff(before, after, colours)
    if (words !== undefined) return `${name}: ${indented(words)}`
  }
  return `${name}: ${indented(colours.red(valueText(before)))} → ${indented(colours.green(valueText(after)))}`
}

function isLong(value: Json | undefined): value is string {
  return typeof value === 'string' && (value.length > longText || value.includes('\n'))
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return '(none)'
  return printable(inlineJson(value))
}

// Finding the shortest diff grows with the square of the changes; beyond this many the two texts are other texts.
const mostChanges = 2000

/** `the [-long-]{+short+} story`; undefined if the texts have too little in common. */
function wordDiff(before: string, after: string, colours: Colours): string | undefined {
  const parts = diffWordsWithSpace(printable(before), printable(after), { maxEditLength: mostChanges })
  return (
    parts &&
    changedRuns(parts)
      .map((run) => runText(run, colours))
      .join('')
  )
}

interface Run {
  same: string
  removed: string
  added: string
}

/** What is the same, then what changed behind it. Changed words with only a space between them are one change. */
function changedRuns(parts: Change[]): Run[] {
  const runs: Run[] = [{ same: '', removed: '', added: '' }]
  for (const [at, { value, added, removed }] of parts.entries()) {
    const run = runs.at(-1)!
    const between = value === ' ' && run.removed !== '' && run.added !== '' && at < parts.length - 1
    if (removed || between) run.removed += value
    if (added || between) run.added += value
    if (!added && !removed && !between) runs.push({ same: value, removed: '', added: '' })
  }
  return runs
}

function runText({ same, removed, added }: Run, colours: Colours): string {
  const old = colours.isColorSupported ? colours.red(colours.strikethrough(removed)) : `[-${removed}-]`
  const now = colours.isColorSupported ? colours.green(colours.underline(added)) : `{+${added}+}`
  return same + (removed === '' ? '' : old) + (added === '' ? '' : now)
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n      ')
}

/** A step's template as a line diff, and its changed settings; empty if neither changed. */
export function instructionsText({ template, settings }: InstructionChanges, { colour }: ChangeStyle): string {
  const colours = pc.createColors(colour)
  const lines: string[] = []
  if (template !== null) lines.push('  Template:', ...lineDiff(template, colours).map((line) => `    ${line}`))
  if (settings.length > 0) lines.push('  Settings:')
  for (const { setting, before, after } of settings) {
    const [old, now] = [printable(before), printable(after)]
    lines.push(`    ${setting}: ${indented(colours.red(old))} → ${indented(colours.green(now))}`)
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function lineDiff({ before, after }: { before: string; after: string }, colours: Colours): string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 2 })
  return hunks.flatMap(({ oldStart, newStart, lines }) => [
    colours.dim(`@@ line ${oldStart} → ${newStart} @@`),
    ...lines.map((line) => coloured(printable(line), colours)),
  ])
}

function coloured(line: string, colours: Colours): string {
  if (line.startsWith('+')) return colours.green(line)
  return line.startsWith('-') ? colours.red(line) : line
}

/** How much more or less `b` took than `a`. Tokens and cost only if both versions know them. */
export function differenceText(a: Metadata, b: Metadata): string {
  const lines = [`Difference (${b.version} against ${a.version}):`]
  if (hasStats(a.stats) && hasStats(b.stats)) {
    const [before, after] = [a.stats, b.stats]
    const tokensIn = signed(inputTokens(after) - inputTokens(before), countText)
    lines.push(`  Tokens: ${tokensIn} in, ${signed(after.output_tokens - before.output_tokens, countText)} out`)
    if (before.cost_usd !== null && after.cost_usd !== null && before.cost_usd + after.cost_usd > 0) {
      lines.push(`  Cost: ${signed(after.cost_usd - before.cost_usd, moneyText)}`)
    }
  }
  lines.push(`  Duration: ${signed(b.duration_seconds - a.duration_seconds, secondsText)}`)
  return `${lines.join('\n')}\n`
}
