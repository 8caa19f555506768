import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { describe } from 'vitest'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { makeCloudPlace } from './cloud-place.ts'
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
