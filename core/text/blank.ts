/** Whether a text has nothing that could be seen. */

// White space, control characters, what Unicode says may be left out of view (U+200B, U+00AD, U+FEFF, fillers), and the empty Braille cell.
const invisible = /^[\s\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u

/** Whether a text is empty, or has only white space and invisible characters. The API refuses such prompts. */
export function isBlank(text: string): boolean {
  return invisible.test(text)
}
