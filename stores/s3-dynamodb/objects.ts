/** The bucket: objects under the workspace's paths. What lies below a version's work/ is tagged, so that a lifecycle rule can find it. */
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { StoredFile } from '../../core/store.ts'
import { isMissing, reading, writing } from './aws-errors.ts'

/** The most keys that DeleteObjects takes at once. */
const mostDeleted = 1000

export interface PutOptions {
  metadata?: Record<string, string>
}

export interface WholeObject {
  text: string
  metadata: Record<string, string>
}

export class Objects {
  readonly s3: S3Client
  readonly bucket: string

  constructor(s3: S3Client, bucket: string) {
    this.s3 = s3
    this.bucket = bucket
  }

  /** Throws StoreUnwritable. */
  async put(key: string, body: string | Uint8Array, { metadata }: PutOptions = {}): Promise<void> {
    const input = {
      ...{ Bucket: this.bucket, Key: key, Body: body, Metadata: metadata, Tagging: taggingOf(key) },
      ...{ ContentLength: Buffer.byteLength(body), ContentType: contentTypeOf(key) },
    }
    await writing(key, () => this.s3.send(new PutObjectCommand(input)))
  }

  /** A small object; undefined if there is none. Throws StoreUnreadable. */
  async whole(key: string): Promise<WholeObject | undefined> {
    return reading(key, async () => {
      const found = await orMissing(this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key })))
      if (found?.Body === undefined) return undefined
      return { text: await found.Body.transformToString(), metadata: found.Metadata ?? {} }
    })
  }

  async size(key: string): Promise<number | undefined> {
    return key === '' ? undefined : (await this.#head(key))?.ContentLength
  }

  /** What is said of an object besides its content; undefined if there is none. Throws StoreUnreadable. */
  async metadata(key: string): Promise<Record<string, string> | undefined> {
    const found = await this.#head(key)
    return found && (found.Metadata ?? {})
  }

  #head(key: string): Promise<HeadObjectCommandOutput | undefined> {
    return reading(key, () => orMissing(this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }))))
  }

  async remove(key: string): Promise<void> {
    await writing(key, () => this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key })))
  }

  /** Removes everything below a folder. */
  async removeBelow(folder: string): Promise<void> {
    let keys: string[] = []
    for await (const key of this.keysBelow(folder)) {
      keys.push(key)
      if (keys.length < mostDeleted) continue
      await this.#removeAll(folder, keys)
      keys = []
    }
    if (keys.length > 0) await this.#removeAll(folder, keys)
  }

  async #removeAll(folder: string, keys: string[]): Promise<void> {
    const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true }
    const { Errors = [] } = await writing(folder, () =>
      this.s3.send(new DeleteObjectsCommand({ Bucket: this.bucket, Delete })),
    )
    const [first] = Errors
    if (first === undefined) return
    // Refused one by one, in an answer that says 200.
    await writing(first.Key ?? folder, () => {
      throw Object.assign(new Error(first.Message ?? 'not removed'), { name: first.Code ?? 'Error', $metadata: {} })
    })
  }

  /** All keys below a folder, in the order of their bytes. */
  async *keysBelow(folder: string): AsyncGenerator<string> {
    for await (const { Contents = [] } of this.#pages(folder)) for (const { Key } of Contents) if (Key) yield Key
  }

  /** All objects below a folder with their sizes. */
  async *usageBelow(folder: string): AsyncGenerator<StoredFile> {
    for await (const { Contents = [] } of this.#pages(folder))
      for (const { Key, Size = 0 } of Contents) if (Key) yield { path: Key, bytes: Size }
  }

  /** Names directly below a folder, sorted; folders end with a slash. */
  async names(folder: string): Promise<string[]> {
    const names: string[] = []
    const prefix = prefixOf(folder)
    for await (const { Contents = [], CommonPrefixes = [] } of this.#pages(folder, '/')) {
      for (const { Key = '' } of Contents) names.push(Key.slice(prefix.length))
      for (const { Prefix = '' } of CommonPrefixes) names.push(Prefix.slice(prefix.length))
    }
    // The console makes objects that stand for folders; they have no name of their own.
    return names.filter((name) => name !== '').sort()
  }

  async *#pages(folder: string, Delimiter?: string): AsyncGenerator<ListObjectsV2CommandOutput> {
    let ContinuationToken: string | undefined
    do {
      const input = { Bucket: this.bucket, Prefix: prefixOf(folder), Delimiter, ContinuationToken }
      const page = await reading(folder, () => this.s3.send(new ListObjectsV2Command(input)))
      yield page
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
  }
}

/** So that a console shows a file instead of offering it for download. Undefined: bytes. */
export function contentTypeOf(key: string): string | undefined {
  if (key.endsWith('.json')) return 'application/json'
  return /\.(jsonl|md|txt|csv|yaml)$/.test(key) ? 'text/plain; charset=utf-8' : undefined
}

/** Tag of everything that only an unfinished version or the start of a run needs, in the spelling of a request. */
export function taggingOf(key: string): string | undefined {
  return /^outputs\/([^/]+\/[^/]+\/work|_inputs)\//.test(key) ? 'itemwise=work' : undefined
}

function prefixOf(folder: string): string {
  return folder === '' ? '' : `${folder}/`
}

async function orMissing<T>(sent: Promise<T>): Promise<T | undefined> {
  try {
    return await sent
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
