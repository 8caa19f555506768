/** A file of a version that a person changed since it was written. */

/** One file that was changed. */
export interface HandEdit {
  path: string
  step: number
  /** What is different, with the ids, as the end of a sentence about the file: `was changed by hand: …`. */
  what: string
  /** Items whose answers differ now, or that do not belong to the version. */
  ids: string[]
  /** Whether nothing may be built on it. The file of an item is for people: answers are carried out of the array. */
  blocks: boolean
  /** Whether the file cannot be read as what it is: it is missing, or it is no longer a JSON array. */
  broken: boolean
}

export function editSentence({ path, what }: HandEdit): string {
  return `${path} ${what}.`
}
