/** Values as a stream, for what is written piece by piece. */
export async function* asStream<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values
}
