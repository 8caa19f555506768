/** How a pretty-printed value stands in an array that is: two spaces further in. Texts in JSON hold no line ends of their own. */

export function intoArray(text: string): string {
  return text.replaceAll('\n', '\n  ')
}

export function outOfArray(text: string): string {
  return text.replaceAll('\n  ', '\n')
}
