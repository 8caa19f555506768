/** An answer that is a file: an address that has it for some minutes, or its bytes. */
import type { Context } from 'hono'
import { jsonText } from '../core/text/json.ts'

export interface AnsweredFile {
  path: string
  size: number
  /** Null: the bytes are the answer. */
  link: string | null
  read: () => AsyncIterable<Uint8Array>
}

export class FileAnswer {
  readonly #file: AnsweredFile

  constructor(file: AnsweredFile) {
    this.#file = file
  }

  /** A redirection, or the bytes as they are read. */
  answer(c: Context): Response {
    const { link, path, size, read } = this.#file
    if (link !== null) {
      c.header('Location', link)
      return c.body(jsonText({ url: link }), 302, { 'Content-Type': 'application/json' })
    }
    // Read as it is asked for: nothing of it for a HEAD.
    return c.body(ReadableStream.from(read()), 200, {
      'Content-Type': path.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8',
      'Content-Length': String(size),
    })
  }
}
