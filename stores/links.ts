/** Addresses by which a file of the bucket can be fetched without credentials, for some minutes. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { reading } from './s3-dynamodb/aws-errors.ts'
import { defaultClients } from './s3-dynamodb/clients.ts'
import { keyOf } from './workspace-path.ts'

/** Seconds; a Lambda's credentials may end before. A download that has begun goes on. */
const lifeSeconds = 900

export class Links {
  readonly #bucket: string
  readonly #s3: S3Client

  constructor(bucket: string, s3: S3Client = defaultClients().s3) {
    this.#bucket = bucket
    this.#s3 = s3
  }

  /** The address of a file. Whoever has it can fetch the file. Throws PathOutside, StoreUnreadable. */
  async linkTo(path: string): Promise<string> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: keyOf(path) })
    return reading(path, () => getSignedUrl(this.#s3, command, { expiresIn: lifeSeconds }))
  }
}
