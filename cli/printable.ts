/** Text that others wrote, fit for a terminal. */

// C0 but for tab and line end, DEL and C1 steer a terminal; the others change the order of what is read, or end a line.
const unfit = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069'
const unfitCharacter = new RegExp(`[${unfit}]`, 'g')

// The colours of our own texts (red, green, dim, underlined, struck through) and what ends them.
const colour = '\\u001b\\[(?:2|4|9|22|24|29|31|32|39)m'
const colourOrUnfit = new RegExp(`${colour}|[${unfit}]`, 'g')

/**
 * The text with the characters spelled out that would steer a terminal (colour it, clear it, fill the clipboard) or turn the order
 * of what is read: `\u001b`. In JSON that is the same text still. Line ends become \n.
 */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unfitCharacter, spelledOut)
}

/** The same for a text that we coloured: the colours stay, and nothing else. */
export function printableInColour(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(colourOrUnfit, (found) => (found.length > 1 ? found : spelledOut(found)))
}

function spelledOut(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
