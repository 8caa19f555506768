/** Indents a pretty-printed value as an element of a pretty-printed array: two more spaces. JSON strings hold no line ends. */

export function intoArray(text: string): string {
  return text.replaceAll('\n', '\n  ')
}

export function outOfArray(text: string): string {
  return text.replaceAll('\n  ', '\n')
}
