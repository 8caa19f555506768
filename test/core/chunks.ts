/** Texts as the streams of bytes that files are read as. */

/** The bytes of a text, cut every `size` bytes. */
export async function* cutEvery(size: number, content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The bytes of a text, cut at the given places. */
export async function* cutAt(places: readonly number[], content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content)
  const cuts = [...places, bytes.length].map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b)
  for (const [at, end] of cuts.entries()) yield bytes.subarray(cuts[at - 1] ?? 0, end)
}
