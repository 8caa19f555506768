/** How deep a JSON value may be nested. Everything that walks one calls itself for each level, and would end in an overflow of the stack. */

/** Half of what Node's usual stack holds. Nothing that people write comes near. */
export const mostNested = 1000

/** Whether a JSON text has more levels of arrays and objects than can be worked with. */
export function isNestedTooDeep(text: string, most = mostNested): boolean {
  // So deep a value has as many brackets before its middle as behind it.
  if (text.length <= 2 * most) return false
  let depth = 0
  const marks = /["[\]{}]/g
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') marks.lastIndex = endOfText(text, mark.index + 1)
    else if (mark[0] === '[' || mark[0] === '{') depth += 1
    else depth -= 1
    if (depth > most) return true
  }
  return false
}

/** The place after the closing quote of a string. */
function endOfText(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text[end - escapes - 1] === '\\' && end - escapes > from) escapes++
    if (escapes % 2 === 0) return end + 1
  }
  return text.length
}

/** What is put around an answer when it becomes an item or a part of a whole input. */
export const mostNestedAnswer = mostNested - 10

/** `nested more than 1,000 levels deep` */
export const tooDeepText = `nested more than ${mostNested.toLocaleString('en-US')} levels deep`
