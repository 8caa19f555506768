/** HTML in which every value is escaped where it stands: what others wrote is text and nothing else. */

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Value = Html | string | number | null | readonly Value[]

/** Text between tags and in quoted attributes; null is nothing. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.map((part, at) => part + (at < values.length ? textOf(values[at] ?? null) : '')).join(''))
}

function textOf(value: Value): string {
  if (value === null) return ''
  if (value instanceof Html) return value.text
  return Array.isArray(value) ? value.map(textOf).join('') : escaped(String(value))
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

// Controls, of which HTML has none, and what turns the direction of the text around it.
const hidden = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(hidden, (letter) => (letter === '\n' || letter === '\t' ? letter : '\uFFFD'))
    .replaceAll(/[&<>"']/g, (letter) => entities[letter]!)
}
