import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunFailed } from '../../core/errors.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { type CloudTestPlace, makeCloudPlace } from './cloud-place.ts'
import { reviewOf, reviewsContract, reviewsOf } from './reviews-contract.ts'
import { newVersion } from './samples.ts'
import { storeContract } from './store-contract.ts'

describe('on LocalStack', () => {
  storeContract('CloudStore', async () => {
    const place = await makeCloudPlace()
    const { clients } = place
    return {
      store: new CloudStore(place, { clients }),
      another: new CloudStore(place, { clients }),
      damage: async ({ pipeline, version }) => {
        const record = `version#${version.slice(1).padStart(8, '0')}`
        await clients.db.send(
          new UpdateCommand({
            TableName: place.table,
            Key: { pipeline, record },
            UpdateExpression: 'REMOVE #mode, #status',
            ExpressionAttributeNames: { '#mode': 'mode', '#status': 'status' },
          }),
        )
      },
      close: place.remove,
    }
  })
})

describe('CloudStore keeps reviews, on LocalStack', () => {
  let place: CloudTestPlace
  let store: CloudStore
  beforeEach(async () => {
    place = await makeCloudPlace()
    store = new CloudStore(place, { clients: place.clients })
    const { lease } = await store.createVersion('poems', (version) => newVersion(version))
    await lease.release()
  })
  afterEach(() => place.remove())

  reviewsContract(async () => ({ store, another: new CloudStore(place, { clients: place.clients }) }))

  test('a mark waits for records whose numbers were taken before, and tells each once', async () => {
    const { since } = store.reviews
    await Promise.all(['1', '2'].map((id) => store.reviews.add('poems', [reviewOf(id)])))
    const Key = { pipeline: 'reviews#poems', record: 'acts#00000001' }
    const { Item } = await place.clients.db.send(new GetCommand({ TableName: place.table, Key }))
    await place.clients.db.send(new DeleteCommand({ TableName: place.table, Key }))
    const first = await since!('poems', null)
    expect(first?.acts).toHaveLength(1)
    const second = await since!('poems', first!.mark)
    expect(second?.acts).toEqual([])
    await place.clients.db.send(new PutCommand({ TableName: place.table, Item }))
    const third = await since!('poems', second!.mark)
    expect([...first!.acts, ...third!.acts].map(({ root_id }) => root_id).toSorted()).toEqual(['1', '2'])
    expect((await since!('poems', third!.mark))?.acts).toEqual([])
  })

  test('acts that are too long for a record lie in the bucket, and an act that somebody damaged is reported', async () => {
    const long = reviewOf('4001', { comment: 'x'.repeat(5_000_000) })
    await store.reviews.add('poems', [long])
    await store.reviews.add('poems', [reviewOf('4002')])
    expect(await store.list('outputs/poems/reviews')).toEqual([expect.stringMatching(/^00000001-[0-9a-f]{16}\.jsonl$/)])
    expect(await reviewsOf(store)).toEqual([long, reviewOf('4002')])
    const UpdateExpression = 'SET #acts = :acts'
    const torn = { ExpressionAttributeNames: { '#acts': 'acts' }, ExpressionAttributeValues: { ':acts': '{"at"' } }
    const Key = { pipeline: 'reviews#poems', record: 'acts#00000002' }
    await place.clients.db.send(new UpdateCommand({ TableName: place.table, Key, UpdateExpression, ...torn }))
    const error = await reviewsOf(store).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(RunFailed)
    expect(String(error)).toContain('(the record acts#00000002 of reviews#poems in the table)')
  })
})
