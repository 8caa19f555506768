/** An answer as a person reads it: its fields one below the other, and how they differ from an earlier one. */
import { diffWordsWithSpace } from 'diff'
import { flatFields } from '../../core/items/flat-fields.ts'
import { type Json, jsonText } from '../../core/text/json.ts'
import { changedFields } from '../../core/versions/changed-answer-fields.ts'
import { countText } from '../number-text.ts'
import { type Html, html } from './html.ts'

/** Characters of a text that are shown. */
export const longestText = 4000
/** Fields of an answer that are shown. */
const mostFields = 200
/** Finding the shortest diff grows with the square of the changes. */
const mostChanges = 500

export function answerHtml(answer: Json): Html {
  const fields = flatFields(answer)
  const shown = fields.slice(0, mostFields)
  return html`<dl>${shown.map(([name, value]) => html`<dt>${name}</dt><dd dir="auto">${valueHtml(value)}</dd>`)}</dl>${moreFields(fields.length)}`
}

function moreFields(count: number): Html | null {
  return count <= mostFields
    ? null
    : html`<p class="soft">${countText(count - mostFields)} more fields are left out.</p>`
}

function valueHtml(value: Json | undefined): Html {
  if (value === undefined) return html`<span class="soft">(none)</span>`
  if (typeof value === 'string') return cutHtml(value)
  return html`<code>${cutHtml(jsonText(value, Array.isArray(value) && value.length > 0 ? 2 : 0))}</code>`
}

function cutHtml(text: string): Html {
  if (text === '') return html`<span class="soft">(empty)</span>`
  if (text.length <= longestText) return html`${text}`
  const rest = text.length - longestText
  return html`${text.slice(0, longestText)}… <span class="soft">(${countText(rest)} more characters are left out)</span>`
}

/** The fields that changed, texts word by word. */
export function changeHtml(before: Json, after: Json): Html {
  const fields = changedFields(before, after)
  if (fields.length === 0) return html`<p class="soft">Only spaces or the order of fields.</p>`
  const shown = fields.slice(0, mostFields)
  return html`<dl>${shown.map(({ path, before: old, after: now }) => html`<dt>${path || '(answer)'}</dt><dd dir="auto">${bothHtml(old, now)}</dd>`)}</dl>${moreFields(fields.length)}`
}

function bothHtml(before: Json | undefined, after: Json | undefined): Html {
  const words = typeof before === 'string' && typeof after === 'string' ? wordsHtml(before, after) : undefined
  return words ?? html`<del>${valueHtml(before)}</del> → <ins>${valueHtml(after)}</ins>`
}

/** Undefined if the texts are too long, or have too little in common. */
function wordsHtml(before: string, after: string): Html | undefined {
  if (Math.max(before.length, after.length) > longestText) return undefined
  const parts = diffWordsWithSpace(before, after, { maxEditLength: mostChanges })
  if (parts === undefined) return undefined
  const same = parts
    .filter(({ added, removed }) => !added && !removed)
    .reduce((sum, { value }) => sum + value.trim().length, 0)
  if (same * 4 < Math.max(before.length, after.length)) return undefined
  return html`${parts.map(({ value, added, removed }) => (added ? html`<ins>${value}</ins>` : removed ? html`<del>${value}</del>` : value))}`
}
