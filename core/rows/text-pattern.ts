/** A text that is looked for in answers, whatever its case: as a pattern for values, and as one for the bytes of JSON. */

/** The pattern that finds it in a text. */
export function patternIn(wanted: string): RegExp {
  return new RegExp([...wanted].map((character) => oneOf(variants(character).map(escaped))).join(''), 'u')
}

/**
 * The pattern that finds it in the bytes of a JSON document, read as one character a byte. It finds too much, never too little: an escape
 * of the document (`\n`) may end in a letter, and names of fields are bytes, too.
 */
export function bytePatternIn(wanted: string): RegExp {
  return new RegExp(
    [...wanted].map((character) => oneOf(variants(character).map(jsonBytes).map(escaped))).join(''),
    'g',
  )
}

function variants(character: string): string[] {
  const upper = character.toUpperCase()
  // At the end of a word it has another form.
  return [...new Set([character, character.toLowerCase(), upper, ...(upper === 'Σ' ? ['σ', 'ς'] : [])])]
}

/** As JSON writes it inside a string. */
function jsonBytes(text: string): string {
  return Buffer.from(JSON.stringify(text).slice(1, -1), 'utf8').toString('latin1')
}

function oneOf(patterns: readonly string[]): string {
  return patterns.length === 1 ? patterns[0]! : `(?:${patterns.join('|')})`
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
