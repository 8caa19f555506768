/** What the doctor says about something that is not as it should be, and how it can be mended. */

export interface Finding {
  /** The file or folder it is about, in the workspace. */
  path: string
  /** What is wrong, as a sentence. */
  found: string
  /** What that means for the person. */
  means: string
  /** What `--fix` will do; where it can do nothing, what the person can. */
  remedy: string
  /** Mends it and says what was done; null where that is not possible. */
  mend: (() => Promise<string>) | null
}
