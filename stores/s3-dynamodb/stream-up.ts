/** Writes a stream as one object, whole or not at all, with only a few parts in memory. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { Upload } from '@aws-sdk/lib-storage'
import type { ContentStream } from '../../core/store.ts'
import { gathered } from '../../core/text/gathered.ts'
import { writing } from './aws-errors.ts'
import { contentTypeOf, type Objects, taggingOf } from './objects.ts'

/** S3 takes 10,000 parts: 80 GB. Anything smaller than one part is put in one request. */
const partBytes = 8 * 1024 * 1024
/** Parts under way at once: 32 MB in memory. */
const partsAtOnce = 4

/** Throws StoreUnwritable, or what the chunks throw; then the old object, if any, is as it was, and no part is left behind. */
export async function writeObject(objects: Objects, key: string, chunks: ContentStream): Promise<void> {
  const parts = gathered(chunks, partBytes)
  const first = await parts.next()
  const second = await parts.next()
  if (first.done || second.done) return objects.put(key, first.value ?? '')
  const mark = randomUUID()
  const upload = new Upload({
    client: objects.s3,
    params: {
      Bucket: objects.bucket,
      Key: key,
      Tagging: taggingOf(key),
      Metadata: { upload: mark },
      ContentType: contentTypeOf(key),
      Body: Readable.from(rest([first.value, second.value], parts)),
    },
    partSize: partBytes,
    queueSize: partsAtOnce,
  })
  await writing(key, async () => {
    try {
      await upload.done()
    } catch (error) {
      if (!isGone(error) || (await objects.metadata(key))?.upload !== mark) throw error
      // The answer that it is complete was lost, and so the SDK asked again.
    }
  })
}

/** Whether S3 says that there is no such upload: it was completed, or broken off. */
function isGone(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchUpload'
}

async function* rest(begun: Buffer[], parts: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* begun
  for (let next = await parts.next(); !next.done; next = await parts.next()) yield next.value
}
