/** What AWS refuses becomes a sentence. These need no LocalStack: a server in this process refuses. */
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileMissing, StoreUnreadable, StoreUnwritable } from '../../core/errors.ts'
import type { VersionRef } from '../../core/store.ts'
import { defaultClients } from '../../stores/s3-dynamodb/clients.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { VersionPages } from '../../stores/version-pages.ts'
import { cloudClients } from './cloud-place.ts'
import { type Loopback, refuse, startLoopback } from './loopback.ts'
import { reviewOf } from './reviews-contract.ts'
import { answered, metadataOf, newVersion } from './samples.ts'
import { text } from './store-contract.ts'

const v0: VersionRef = { pipeline: 'poems', version: 'v0' }
const safe = 'What was kept before is safe.'

function storeAt({ url }: Loopback, maxAttempts = 2): CloudStore {
  return new CloudStore({ bucket: 'b', table: 't' }, { clients: cloudClients({ url, maxAttempts }) })
}

describe('what is given back to a spend account', () => {
  /** Answers each read with a spend account, and each change in this way. */
  const accountWhere = (change: Parameters<typeof startLoopback>[0], changes: string[]) =>
    startLoopback((request, response) => {
      const target = String(request.headers['x-amz-target']).split('.')[1] ?? ''
      if (target === 'GetItem') {
        const Item = { limit_usd: { N: '1' }, spent_usd: { N: '0.5' } }
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ Item }))
        return
      }
      let body = ''
      request.on('data', (data) => {
        body += data
      })
      request.on('end', () => {
        changes.push(body)
        change(request, response)
      })
    })

  test.for([
    ['the connection breaks', (_request: unknown, { socket }: { socket: Socket | null }) => socket?.destroy()],
    ['AWS answers with an error of its own', refuse(500, 'InternalServerError')],
    ['AWS refuses it', refuse(400, 'ThrottlingException')],
  ] as const)(
    'is sent again where %s, under the mark by which AWS knows that it has done it; if all is in vain, the answer is kept all the same',
    async ([, change]) => {
      const changes: string[] = []
      await using server = await accountWhere(change, changes)
      const account = await storeAt(server, 3).spendAccount(v0)
      await account?.settle(0.5, 0.1)
      expect([changes.length, new Set(changes).size]).toEqual([3, 1])
      expect(JSON.parse(changes[0]!).ConditionExpression).toMatch(
        /^\(attribute_exists\(#spent_usd\)\) AND \(attribute_not_exists\(#(w_[0-9a-f]{8})\) OR #\1 < :\1\)$/,
      )
    },
  )
})

describe('a refused write is StoreUnwritable and says what to do', () => {
  test('for what a person says of an answer: once more', async () => {
    await using server = await startLoopback(refuse(400, 'AccessDeniedException'))
    const adding = storeAt(server).reviews.add('poems', [reviewOf('4001')])
    await expect(adding).rejects.toBeInstanceOf(StoreUnwritable)
    await expect(adding).rejects.toThrow(
      `Cannot write the record count of reviews#poems in the table: access is denied (AccessDeniedException). ${safe} Have the permission given to this role or user, then try again.`,
    )
  })

  test('throttled: after all attempts of the SDK', async () => {
    await using server = await startLoopback(refuse(503, 'SlowDown'))
    const writing = storeAt(server, 3).write('inputs/a.json', '[]')
    await expect(writing).rejects.toBeInstanceOf(StoreUnwritable)
    await expect(writing).rejects.toThrow(
      `Cannot write inputs/a.json: AWS asks to slow down, and did so until the attempts were used up (SlowDown). ${safe} Wait a minute, then continue with \`itemwise resume\`.`,
    )
    expect(server.requests).toEqual(Array.from({ length: 3 }, () => 'PUT /b/inputs/a.json'))
  })

  test('denied: at once', async () => {
    await using server = await startLoopback(refuse(403, 'AccessDenied'))
    await expect(storeAt(server).write('inputs/a.json', '[]')).rejects.toThrow(
      `Cannot write inputs/a.json: access is denied (AccessDenied). ${safe} Have the permission given to this role or user, then continue with \`itemwise resume\`.`,
    )
    await expect(storeAt(server).remove('inputs/a.json')).rejects.toBeInstanceOf(StoreUnwritable)
    expect(server.requests).toEqual(['PUT /b/inputs/a.json', 'DELETE /b/inputs/a.json'])
  })

  test('an answer that cannot be kept, and the record of a version', async () => {
    await using server = await startLoopback(refuse(503, 'SlowDown'))
    const keeper = await storeAt(server).keeper(v0, 1)
    await expect(keeper.keep(answered(1))).rejects.toBeInstanceOf(StoreUnwritable)
    await expect(keeper.close()).rejects.toBeInstanceOf(StoreUnwritable)
  })

  test.for([
    [400, 'ThrottlingException', 'AWS asks to slow down'],
    [400, 'ResourceNotFoundException', 'the table is not there (ResourceNotFoundException)'],
    [400, 'AccessDeniedException', 'access is denied (AccessDeniedException)'],
    [400, 'ExpiredTokenException', 'the AWS credentials are missing, wrong or expired'],
    [
      400,
      'ItemCollectionSizeLimitExceededException',
      'AWS refuses it (ItemCollectionSizeLimitExceededException: Refused.)',
    ],
  ] as const)('the table answers %i %s', async ([status, code, words]) => {
    await using server = await startLoopback(refuse(status, code))
    const creating = storeAt(server).createVersion('poems', (version) => newVersion(version))
    await expect(creating).rejects.toBeInstanceOf(StoreUnwritable)
    await expect(creating).rejects.toThrow(`Cannot write the record latest of poems in the table: ${words}`)
  })

  test('nobody there', async () => {
    const server = await startLoopback(refuse(500, 'InternalError'))
    const writing = storeAt(server, 1).write('inputs/a', 'x')
    await expect(writing).rejects.toThrow('AWS reports an error of its own (InternalError)')
    await server[Symbol.asyncDispose]()
    await expect(storeAt(server, 1).write('inputs/a', 'x')).rejects.toThrow(
      `Cannot write inputs/a: AWS cannot be reached (ECONNREFUSED). ${safe} Check the network, the region and AWS_ENDPOINT_URL, then continue`,
    )
  })

  test('a version whose files cannot be written gives its number back', async () => {
    const numbers: string[] = []
    await using server = await startLoopback((request, response) => {
      if (request.headers['x-amz-target'] === undefined) {
        // There is no word of a version that was removed.
        const refused = request.method === 'HEAD' ? refuse(404, 'NotFound') : refuse(403, 'AccessDenied')
        return refused(request, response)
      }
      let body = ''
      request.on('data', (data) => {
        body += data
      })
      request.on('end', () => {
        const { UpdateExpression } = JSON.parse(body)
        if (UpdateExpression === undefined) return response.end('{}')
        numbers.push(UpdateExpression)
        response.end(JSON.stringify({ Attributes: { next_number: { N: '1' } } }))
      })
    })
    await expect(storeAt(server).createVersion('poems', (version) => newVersion(version))).rejects.toThrow(
      /^Cannot write outputs\/poems\/v0\/(metadata|run)\.json: access is denied/,
    )
    expect(numbers).toEqual([
      'SET #taken_by = :taken_by ADD #next_number :next_number',
      'SET #next_number = :next_number REMOVE #taken_by',
    ])
  })
})

/** A record as DynamoDB sends it: texts, numbers, null, and lists and maps without anything in them. */
function marshalled(row: object): object {
  const value = (field: unknown) => {
    if (typeof field === 'string') return { S: field }
    if (typeof field === 'number') return { N: String(field) }
    if (field === null) return { NULL: true }
    return Array.isArray(field) ? { L: [] } : { M: {} }
  }
  return Object.fromEntries(Object.entries(row).map(([name, field]) => [name, value(field)]))
}

describe('of records, one of which is damaged', () => {
  const row = (version: string, { mode: _mode, ...rest } = metadataOf(version, { status: 'completed' })) => ({
    pipeline: 'poems',
    record: `version#0000000${version.slice(1)}`,
    ...rest,
  })
  const rows = [{ ...row('v0'), mode: 'initial' }, row('v1'), { ...row('v2'), mode: 'initial' }]
  const server = () =>
    startLoopback((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify({ Items: rows.map((one) => marshalled(one)) }))
    })
  const damage = /^The record version#00000001 of poems in the table is not the record of a version: mode: /

  test('the others are listed, and it is named', async () => {
    await using aws = await server()
    const told: string[] = []
    const records = storeAt(aws).records('poems', (error) => told.push(`${error.name} ${error.message}`))
    expect((await Array.fromAsync(records)).map(({ version }) => version)).toEqual(['v0', 'v2'])
    expect(told).toEqual([expect.stringMatching(/^RecordUnreadable The record version#00000001 of poems /)])
  })

  test('it is thrown where nobody wants to be told', async () => {
    await using aws = await server()
    await expect(Array.fromAsync(storeAt(aws).records('poems'))).rejects.toThrow(damage)
  })

  test('a page of the API has the others, and says what is wrong with it', async () => {
    await using aws = await server()
    const { found, unreadable } = await new VersionPages('t', cloudClients({ url: aws.url }).db).versions('poems', {
      limit: 10,
    })
    expect(found.map(({ version }) => version)).toEqual(['v0', 'v2'])
    expect(unreadable).toEqual([expect.stringMatching(damage)])
  })
})

describe('a refused read is StoreUnreadable', () => {
  test('denied, with a reason and without one', async () => {
    await using server = await startLoopback(refuse(403, 'AccessDenied'))
    const store = storeAt(server)
    const reading = text(store, 'inputs/a.json')
    await expect(reading).rejects.toBeInstanceOf(StoreUnreadable)
    await expect(reading).rejects.toThrow(
      'Cannot read inputs/a.json: access is denied (AccessDenied). Have the permission given to this role or user, then try again.',
    )
    await expect(store.size('inputs/a.json')).rejects.toThrow('Cannot read inputs/a.json: access is denied (HTTP 403)')
    await expect(store.list('inputs')).rejects.toBeInstanceOf(StoreUnreadable)
    const kept = await store.kept(v0, 1)
    await expect(kept.find({ item_index: 1, segment: '4001' })).rejects.toBeInstanceOf(StoreUnreadable)
  })

  test('the table', async () => {
    await using server = await startLoopback(refuse(400, 'ThrottlingException'))
    await expect(storeAt(server).version(v0)).rejects.toThrow(
      'Cannot read the record version#00000000 of poems in the table: AWS asks to slow down',
    )
    await expect(storeAt(server).pipelines()).rejects.toBeInstanceOf(StoreUnreadable)
  })

  test('a bucket that is not there is not a file that is missing', async () => {
    await using server = await startLoopback(refuse(404, 'NoSuchBucket'))
    await expect(text(storeAt(server), 'inputs/a')).rejects.toThrow('Cannot read inputs/a: the bucket is not there')
    await using other = await startLoopback(refuse(404, 'NoSuchKey'))
    await expect(text(storeAt(other), 'inputs/a')).rejects.toBeInstanceOf(FileMissing)
  })

  /** Serves ranges of a content, and breaks off after so many bytes each time. */
  function breakingOff(content: string, { after, tag }: { after: number; tag: () => string }) {
    return startLoopback((request, response) => {
      const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
      const match = request.headers['if-match']
      if (match !== undefined && match !== tag()) return refuse(412, 'PreconditionFailed')(request, response)
      const end = to === '' ? content.length : Math.min(Number(to) + 1, content.length)
      const body = content.slice(Number(from), end)
      response.writeHead(206, { 'content-length': body.length, etag: tag() })
      if (body.length <= after) response.end(body)
      else response.write(body.slice(0, after), () => setTimeout(() => response.destroy(), 5))
    })
  }

  test('a connection that breaks off in the middle is taken up where it broke, also within a range', async () => {
    const content = Array.from({ length: 100 }, (_, at) => `line ${at}\n`).join('')
    await using server = await breakingOff(content, { after: 300, tag: () => '"1"' })
    expect(await text(storeAt(server), 'inputs/a')).toBe(content)
    expect(server.requests).toHaveLength(3)
    expect(await text(storeAt(server), 'inputs/a', [10, 700])).toBe(content.slice(10, 700))
  })

  test('another file in its place is not its continuation', async () => {
    let version = 0
    await using server = await breakingOff('x'.repeat(1000), {
      after: 300,
      tag: () => {
        version += 1
        return `"${version}"`
      },
    })
    await expect(text(storeAt(server), 'inputs/a')).rejects.toThrow(
      'Cannot read inputs/a: AWS refuses it (PreconditionFailed',
    )
  })

  test('a connection that always breaks off is given up', async () => {
    await using server = await breakingOff('x'.repeat(1000), { after: 0, tag: () => '"1"' })
    await expect(text(storeAt(server), 'inputs/a')).rejects.toThrow('Cannot read inputs/a: AWS cannot be reached')
    expect(server.requests).toHaveLength(4)
  })
})

describe('the clients of the environment', () => {
  const before = { ...process.env }
  beforeEach(() => {
    Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' })
  })
  afterEach(() => {
    process.env = before
  })

  test.for([
    ['http://127.0.0.1:1', true],
    ['http://localhost:1', true],
    ['https://s3.eu-central-1.amazonaws.com', false],
  ] as const)('the endpoint %s: bucket in the path %s', async ([url, inPath]) => {
    process.env.AWS_ENDPOINT_URL_S3 = url
    expect(await defaultClients().s3.config.forcePathStyle).toBe(inPath)
  })

  test('a process makes them once for each place, so that connections stay open from call to call', () => {
    process.env.AWS_ENDPOINT_URL_S3 = 'http://127.0.0.1:1'
    const first = defaultClients()
    expect(defaultClients()).toBe(first)
    process.env.AWS_REGION = 'eu-central-1'
    expect(defaultClients()).not.toBe(first)
  })

  test('they try eight times, and are asked by nobody else', async () => {
    const { s3, db } = defaultClients()
    expect([await s3.config.maxAttempts(), await db.config.maxAttempts()]).toEqual([8, 8])
  })
})
