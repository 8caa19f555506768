/** The API key in what somebody pasted: bare, in quotes, as NAME=key, or in the JSON that the Secrets Manager console makes. */

export type FoundKey = { key: string; problem: null } | { key: null; problem: string }

const names =
  /^(?:export\s+|set\s+|\$env:)?(?:ANTHROPIC_API_KEY|CLAUDE_API_KEY|API_KEY|apiKey|key|x-api-key|Authorization)\s*[=:]\s*/i
const quoted = /^(["'`“”„‘’])([\s\S]*)(["'`“”‘’])$/

/** The key, where there can be no doubt which it is, else why not, as the rest of a sentence. No message holds a part of it. */
export function keyIn(pasted: string): FoundKey {
  const bare = unwrapped(pasted)
  if (bare === '') return { key: null, problem: 'is empty' }
  if (bare === null) return { key: null, problem: 'is JSON that does not say which of its values is the key' }
  if (/[\r\n]/.test(bare)) return { key: null, problem: 'holds several lines' }
  if (!/^[\x21-\x7e]+$/.test(bare)) return { key: null, problem: 'holds characters that cannot be sent' }
  if (/["'`{}]/.test(bare)) return { key: null, problem: 'holds quotes or braces' }
  return { key: bare, problem: null }
}

/** Takes one wrapping off after the other. Null for JSON with several texts of which none is named as the key. */
function unwrapped(pasted: string): string | null {
  const text = pasted.replace(/^\uFEFF/, '').trim()
  const json = fromJson(text)
  if (json !== undefined) return json === null ? null : unwrapped(json)
  const without = text
    .replace(names, '')
    .replace(/^Bearer\s+/i, '')
    .replace(quoted, inQuotes)
    .trim()
  return without === text ? text : unwrapped(without)
}

function inQuotes(whole: string, open: string, inner: string, close: string): string {
  return open === close || '“”„‘’'.includes(open) ? inner : whole
}

/** Undefined where it is no JSON text or object. */
function fromJson(text: string): string | null | undefined {
  if (!/^[{"]/.test(text)) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value === 'string') return value
  const entries = Object.entries(value as object).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const named = entries.filter(([name]) => /^(anthropic|claude)[_-]?api[_-]?key$/i.test(name))
  const [only, ...others] = named.length > 0 ? named : entries
  return only === undefined || others.length > 0 ? null : only[1]
}

/** A sentence for a key that cannot be used. */
export function keyProblem(problem: string, keyFrom: string): string {
  return `The key in ${keyFrom} ${problem}. Expected printable ASCII without blanks. Copy it again from the Claude Console.`
}
