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
      close: place.remove,
    }
  })
})
