/** Finds the first code fence in what a model wrote, in time that grows with its length only. */

export interface Fence {
  /** Where its first backtick stands, and the place behind its last. */
  start: number
  end: number
  content: string
}

/** A fence opens at the end of a line and closes on a line of its own. Undefined if the first that opens never closes. */
export function firstFence(text: string): Fence | undefined {
  const opening = /```[A-Za-z0-9]*[ \t]*\r?\n/.exec(text)
  if (opening === null) return undefined
  const from = opening.index + opening[0].length
  const closing = /\r?\n[ \t]*```/g
  closing.lastIndex = from
  const closed = closing.exec(text)
  if (closed === null) return undefined
  return { start: opening.index, end: closing.lastIndex, content: text.slice(from, closed.index) }
}
