/** Files of a workspace in the bucket, each with the sha256 of its content: what is there already is not sent again. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { ContentStream } from '../core/store.ts'
import { isMissing, reading, writing } from './s3-dynamodb/aws-errors.ts'
import { defaultClients } from './s3-dynamodb/clients.ts'
import { Objects } from './s3-dynamodb/objects.ts'
import { keyOf } from './workspace-path.ts'

/** A file, read from its beginning each time. */
export interface SourceFile {
  path: string
  read: () => ContentStream
}

export class Bucket {
  readonly #name: string
  readonly #s3: S3Client

  constructor(name: string, s3: S3Client = defaultClients().s3) {
    this.#name = name
    this.#s3 = s3
  }

  /** Sends a file unless the bucket has this very content under its path. Returns whether it was sent. Throws StoreUnwritable. */
  async bringUp({ path, read }: SourceFile): Promise<boolean> {
    const Key = keyOf(path)
    const sha256 = await sha256Of(read())
    if ((await this.#sha256(Key)) === sha256) return false
    const params = { Bucket: this.#name, Key, Body: Readable.from(bytes(read())), Metadata: { sha256 } }
    await writing(path, () => new Upload({ client: this.#s3, params }).done())
    return true
  }

  /** Paths of everything below a folder. */
  pathsBelow(folder: string): AsyncGenerator<string> {
    return new Objects(this.#s3, this.#name).keysBelow(folder)
  }

  /** The sha256 that a file was sent with; undefined where there is no such file, or none of ours. */
  async #sha256(Key: string): Promise<string | undefined> {
    return reading(Key, async () => {
      try {
        return (await this.#s3.send(new HeadObjectCommand({ Bucket: this.#name, Key }))).Metadata?.sha256
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    })
  }
}

async function sha256Of(chunks: ContentStream): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

async function* bytes(chunks: ContentStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}
