/** An item of an input as it was read. */
import type { Json } from '../text/json.ts'

export interface InputRow {
  value: Json
  /** The line of the file on which it begins, from 1. */
  line: number
  /** It is nested too deep to work with: only its own fields may be read. */
  isTooDeep: boolean
  /** Characters of its text, about. */
  size: number
}
