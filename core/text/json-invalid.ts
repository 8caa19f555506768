/** What is wrong with a text that should be JSON, or another form of items. */

/** The text is not JSON, or not an array where one was expected. `message` has line and column (from 1). */
export class JsonInvalid extends Error {
  override readonly name = 'JsonInvalid'
}
