/** A finding of the doctor: what is wrong, and how it can be mended. */

export interface Finding {
  /** The file or folder it is about, in the workspace. */
  path: string
  /** What is wrong, as a sentence. */
  found: string
  /** What that means for the person. */
  means: string
  /** What `--fix` will do; if it can do nothing, what the person can do. */
  remedy: string
  /** Mends it and says what was done; null if that is not possible. */
  mend: (() => Promise<string>) | null
  /** Set if nothing is wrong, but `--fix` adds what an older version lacks. */
  isExtra?: true
}
