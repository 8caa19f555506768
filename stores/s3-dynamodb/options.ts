/** What a cloud store takes from its caller: the bucket, the table, the clients, the run that writes, the clock. */
import type { S3Client } from '@aws-sdk/client-s3'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { VersionRef } from '../../core/store.ts'

export interface CloudPlace {
  bucket: string
  table: string
  /** Default: what the environment and the AWS profile say. */
  region?: string
}

export interface CloudClients {
  s3: S3Client
  db: DynamoDBDocumentClient
}

export interface CloudOptions {
  /** The Step Functions execution that writes: its name is the run's id (record run#<id>). */
  execution?: { id: string; arn: string }
  /** A version that an earlier stage of the same run began: this process writes under its epoch. */
  writer?: { ref: VersionRef; epoch: number }
  /** Epoch milliseconds. Default: Date.now. */
  now?: () => number
  /** Default: clients of the environment's region, endpoint and credentials. */
  clients?: CloudClients
}
