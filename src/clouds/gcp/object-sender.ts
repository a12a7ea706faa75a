import type { AuthClient } from 'google-auth-library'
import { directOrProxy } from '../../egress/agents.ts'
import { keepOwnDirect } from '../../egress/proxy.ts'
import { Fault } from '../../model/fault.ts'
import { type OpenedObjects, prefixOf, sendObject } from '../kit/http/object-sender.ts'

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write'

/**
 * Opens `gs://bucket/prefix` with Application Default Credentials. An emulator in `STORAGE_EMULATOR_HOST` gets no credentials.
 * Throws Fault `usage` for another form.
 */
export function gcsPlace(url: string, environment: NodeJS.ProcessEnv): OpenedObjects {
  const [, bucket, path = ''] = /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(\/[^?]*)?$/.exec(url) ?? []
  const prefix = prefixOf(path)
  if (bucket === undefined || prefix === undefined) {
    throw new Fault('usage', `${JSON.stringify(url)} is not the address of a Cloud Storage bucket`, {
      next: 'write it like gs://bucket/prefix',
    })
  }
  const emulator = environment['STORAGE_EMULATOR_HOST']
  const origin = !emulator
    ? 'https://storage.googleapis.com'
    : new URL(emulator.includes('://') ? emulator : `http://${emulator}`).origin
  let signedIn: Promise<AuthClient> | undefined
  const authentication = async (url: URL): Promise<{ [name: string]: string }> => {
    if (emulator) return {}
    signedIn ??= signIn()
    try {
      return Object.fromEntries(new Headers(await (await signedIn).getRequestHeaders(url.href)))
    } catch (error) {
      signedIn = undefined
      throw new Fault('not-authenticated', `gs: ${error instanceof Error ? error.message : error}`, {
        next: 'gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS',
        cause: error,
      })
    }
  }
  return {
    ...{ protocol: 'gcs', base: `${origin}/${bucket}`, prefix },
    send: async request =>
      await sendObject(request, { ...request.headers, ...(await authentication(request.url)) }),
  }
}

async function signIn(): Promise<AuthClient> {
  // Its metadata client reads the environment itself.
  keepOwnDirect()
  const { GoogleAuth, gaxios } = await import('google-auth-library')
  const transporter = new gaxios.Gaxios({ agent: directOrProxy })
  return await new GoogleAuth({ scopes: [SCOPE], clientOptions: { transporter } }).getClient()
}
