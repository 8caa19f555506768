/** Text that others wrote, fit for a terminal. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** The text with control characters, such as those that colour or clear a screen, spelled out. Line ends become \n. */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(control, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
