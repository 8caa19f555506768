/** Whether a text sounds as if the model had not done what it was asked for. */

/** A refusal is said at once; further on it is somebody's words in a story. */
const beginning = 240

const phrases = [
  // English
  "i(?:'m| am) (?:(?:very|so|truly|really) )?sorry,? but (?:i|this|that|as an)\\b",
  "i(?:'m| am) (?:not able|unable) to\\b",
  "i (?:cannot|can't|can not|won't|will not) (?:help|assist|provide|create|write|generate|answer|comply|fulfil+|do that|do this|complete|produce|discuss|engage|continue|see|access|open)\\b",
  'i (?:must|have to) decline\\b',
  '\\bas an ai\\b',
  "i (?:don't|do not) (?:see|have) (?:any|the|a|an|enough|access)\\b",
  '^(?:could you |can you )?please (?:provide|share|paste|send|upload)\\b',
  '\\bno (?:text|item|content|input|article|document) (?:was|is|has been) (?:provided|given|attached)\\b',
  // German, French, Spanish
  'tut mir leid,? (?:aber |doch )?(?:ich|das|dabei|dazu)\\b',
  'ich kann (?:dir|ihnen|das|dabei|diese \\w+)? ?(?:leider )?nicht (?:helfen|beantworten|erstellen)',
  'als (?:ki|k\\.i\\.|sprachmodell)\\b',
  'je suis désolée?,? (?:mais )?je ne (?:peux|suis)',
  "je ne peux pas (?:vous |t[’' ])?(?:aider|fournir|répondre)",
  'lo siento,? (?:pero )?no puedo\\b',
  'no puedo (?:ayudar|proporcionar|responder)',
]

const refusal = new RegExp(phrases.map((phrase) => `(?:${phrase})`).join('|'), 'iu')

/** Only the beginning counts. */
export function soundsLikeRefusal(text: string): boolean {
  if (text.length < 10) return false
  return refusal.test(text.slice(0, beginning).replaceAll('’', "'").trimStart())
}
