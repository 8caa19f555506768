import { describe } from 'vitest'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { endpoint, makeCloudPlace } from './cloud-place.ts'
import { storeContract } from './store-contract.ts'

describe.skipIf(endpoint === undefined)(
  'on LocalStack (AWS_ENDPOINT_URL names it; `npm run test:aws` starts one)',
  () => {
    storeContract('CloudStore', async () => {
      const place = await makeCloudPlace()
      const { clients } = place
      return {
        store: new CloudStore(place, { clients }),
        another: new CloudStore(place, { clients }),
        close: place.remove,
      }
    })
  },
)
