/** Reads an object, or a range of it, as it comes. A connection that breaks off is taken up again where it broke. */
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { FileMissing } from '../../core/errors.ts'
import type { ByteRange } from '../../core/store.ts'
import { isBeyondEnd, isMissing, unreadable } from './aws-errors.ts'
import type { Objects } from './objects.ts'

/** Breaks without a byte in between. The SDK tries a request again, but not the reading of its answer. */
const mostBreaks = 4

/** Throws FileMissing, StoreUnreadable. `path` names the object in them. */
export async function* readObject(objects: Objects, key: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  if (key === '' || (range !== undefined && range[0] >= range[1])) {
    if ((await objects.size(key)) === undefined) throw new FileMissing(key)
    return
  }
  const reader = new Reader(objects, key, range)
  while (!reader.ended) yield* reader.chunks()
}

class Reader {
  ended = false
  readonly #objects: Objects
  readonly #key: string
  readonly #end: number | undefined
  #at: number
  /** Of the object as it was first seen: another one must not be its continuation. */
  #tag: string | undefined
  #breaks = 0

  constructor(objects: Objects, key: string, range: ByteRange | undefined) {
    this.#objects = objects
    this.#key = key
    this.#at = range?.[0] ?? 0
    this.#end = range?.[1]
  }

  /** What comes until the end, or until the connection breaks off. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const body = await this.#open()
    if (body === undefined) {
      this.ended = true
      return
    }
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        this.#at += chunk.length
        this.#breaks = 0
        yield chunk
      }
      this.ended = true
    } catch (error) {
      this.#breaks += 1
      if (this.#breaks >= mostBreaks) throw unreadable(error, this.#key)
    }
  }

  /** Undefined where nothing of the range is there. */
  async #open(): Promise<GetObjectCommandOutput['Body']> {
    const { s3, bucket } = this.#objects
    const input = { Bucket: bucket, Key: this.#key, Range: this.#range(), IfMatch: this.#tag }
    try {
      const found = await s3.send(new GetObjectCommand(input))
      this.#tag = found.ETag
      return found.Body
    } catch (error) {
      if (isMissing(error)) throw new FileMissing(this.#key, { cause: error })
      if (isBeyondEnd(error)) return undefined
      throw unreadable(error, this.#key)
    }
  }

  #range(): string | undefined {
    if (this.#at === 0 && this.#end === undefined) return undefined
    return `bytes=${this.#at}-${this.#end === undefined ? '' : this.#end - 1}`
  }
}
