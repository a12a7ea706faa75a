import { openObjectStore } from '../../src/toolkit/object-store.ts'
import { skippingTime } from '../skipping-time.ts'
import { holdToLaws } from '../store/objects/laws.ts'
import { losingProxy } from '../store/objects/losing-proxy.ts'
import { endpoint } from './server.ts'

/** moto 5.2.5 holds PUT and DELETE of S3 to `If-None-Match` and `If-Match`. */
holdToLaws('S3 of moto', async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  })
  const proxy = await losingProxy(endpoint)
  await fetch(`${endpoint}/team`, { method: 'PUT' })
  const environment = { AWS_ENDPOINT_URL: proxy.origin }
  return {
    open: () => openObjectStore('s3://team/cases', { environment, timing: skippingTime() }),
    loseAnswer: () => proxy.lose(1, 'PUT'),
    writes: () => proxy.count('PUT'),
    // Its Date has whole seconds, of the same machine.
    clock: () => Date.now(),
    close: () => proxy.close(),
  }
})
