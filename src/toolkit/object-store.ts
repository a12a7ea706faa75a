import { clouds } from '../clouds/index.ts'
import { Fault } from '../model/fault.ts'
import type { Timing } from '../model/timing.ts'
import type { ObjectService, ObjectStore } from '../store/objects/object-store.ts'
import type { Place } from '../store/objects/service-call.ts'

const PROTOCOLS: {
  readonly [protocol in 's3' | 'gcs' | 'blob']: () => Promise<(place: Place) => ObjectService>
} = {
  s3: async () => (await import('../store/objects/s3.ts')).s3Objects,
  gcs: async () => (await import('../store/objects/gcs.ts')).gcsObjects,
  blob: async () => (await import('../store/objects/blob.ts')).blobObjects,
}

/**
 * Opens the object store at a URL; the code of its cloud is loaded now, and asks nothing yet.
 *
 * @throws Fault `usage` for a URL of no cloud, or one that names no bucket
 */
export async function openObjectStore(
  url: string,
  { environment, timing }: { environment: NodeJS.ProcessEnv; timing: Timing },
): Promise<ObjectStore> {
  const objects = clouds.find(each => each.objects?.pattern.test(url))?.objects
  if (!objects) {
    const forms = clouds.flatMap(each => each.objects?.form ?? [])
    throw new Fault('usage', `${JSON.stringify(url)} is not a store that interdict knows`, {
      next: `use ${forms.join(', ')}`,
    })
  }
  const [{ protocol, ...opened }, { repeated }] = await Promise.all([
    objects.open(url, environment),
    import('../store/objects/repeated.ts'),
  ])
  const service = await PROTOCOLS[protocol]()
  return repeated(service({ where: url, ...opened }), timing)
}
