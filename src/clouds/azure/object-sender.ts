import type { DefaultAzureCredential } from '@azure/identity'
import { throughProxy } from '../../egress/agents.ts'
import { Fault } from '../../model/fault.ts'
import { type OpenedObjects, prefixOf, sendObject } from '../kit/http/object-sender.ts'

const SCOPE = 'https://storage.azure.com/.default'

/**
 * Opens `https://account.blob.core.windows.net/container/prefix`, or an emulator's `http://127.0.0.1:10000/account/container`.
 * Credentials: a SAS in `AZURE_STORAGE_SAS_TOKEN` if it is set, else the default chain of @azure/identity. Throws Fault `usage`
 * for another form, and for a SAS in the URL.
 */
export function blobPlace(address: string, environment: NodeJS.ProcessEnv): OpenedObjects {
  const { url, container, path } = partsOf(address)
  const prefix = prefixOf(path)
  if (container === '' || prefix === undefined) throw notAContainer(url.origin + url.pathname)
  const sas = environment['AZURE_STORAGE_SAS_TOKEN']?.replace(/^\?/, '')
  let credential: Promise<DefaultAzureCredential> | undefined
  const token = async () => {
    credential ??= signIn()
    try {
      return (await (await credential).getToken(SCOPE))?.token ?? ''
    } catch (error) {
      credential = undefined
      const [message] = String(error instanceof Error ? error.message : error).split('\n', 1)
      throw new Fault('not-authenticated', `blob: ${message}`, { next: 'az login', cause: error })
    }
  }
  return {
    ...{ protocol: 'blob', base: `${url.origin}${container}`, prefix },
    async send(request) {
      if (!sas)
        return await sendObject(request, { ...request.headers, authorization: `Bearer ${await token()}` })
      const url = new URL(request.url)
      for (const [name, value] of new URLSearchParams(sas)) url.searchParams.set(name, value)
      return await sendObject({ ...request, url }, request.headers)
    },
  }
}

/** The container as the path of a URL; an emulator has the account before it. */
function partsOf(address: string): { url: URL; container: string; path: string } {
  if (!URL.canParse(address)) throw notAContainer(address)
  const url = new URL(address)
  if (url.search !== '') {
    throw new Fault('usage', `${url.origin}${url.pathname} is given with a query, which may be a secret`, {
      next: 'leave it out, and set AZURE_STORAGE_SAS_TOKEN',
    })
  }
  const emulated = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname)
  const form = emulated ? /^(\/[a-z0-9]+\/[a-z0-9-]{3,63})(\/.*)?$/ : /^(\/[a-z0-9-]{3,63})(\/.*)?$/
  if (url.protocol !== 'https:' && !emulated) throw notAContainer(address)
  const [, container = '', path = ''] = form.exec(url.pathname) ?? []
  return { url, container, path }
}

function notAContainer(address: string): Fault {
  return new Fault('usage', `${JSON.stringify(address)} is not the address of a container`, {
    next: 'write it like https://account.blob.core.windows.net/container/prefix',
  })
}

async function signIn(): Promise<DefaultAzureCredential> {
  const [{ DefaultAzureCredential }, { createDefaultHttpClient }] = await Promise.all([
    import('@azure/identity'),
    import('@azure/core-rest-pipeline'),
  ])
  return new DefaultAzureCredential({ httpClient: throughProxy(createDefaultHttpClient()) })
}
