import { Fault } from '../../../model/fault.ts'
import type { Sink, SinkKind } from '../../../model/rotation.ts'
import { Secret } from '../../../model/secret.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'

const SCHEME = 'gcp-secretmanager'
const NAME = /^projects\/([a-z0-9.:-]{1,63})\/secrets\/[\w-]{1,255}$/

/**
 * A new version of a secret of Google Secret Manager. The secret has to be there: where its copies live and who may read it
 * is decided when it is made, and not by us.
 */
export const secretManager: SinkKind<GcpClient> = {
  scheme: SCHEME,
  form: 'projects/P/secrets/S',
  permissions: ['secretmanager.secrets.get', 'secretmanager.versions.access', 'secretmanager.versions.add'],
  account: name => NAME.exec(name)?.[1],
  open(client, name) {
    if (!NAME.test(name)) {
      throw new Fault('usage', `not the name of a secret: ${name}`, {
        where: '--into',
        next: `${SCHEME}:projects/PROJECT/secrets/SECRET`,
      })
    }
    return sink(client, name)
  },
}

function sink(client: GcpClient, name: string): Sink {
  const read = async (): Promise<Secret | undefined> => {
    const found = await unlessGone(
      client.call<{ payload?: { data?: string } }>(
        gcpCall(
          'GET',
          'secretmanager.projects.secrets.versions.access',
          `/v1/${name}/versions/latest:access`,
        ),
      ),
    )
    const data = found?.payload?.data
    return data === undefined ? undefined : new Secret(Buffer.from(data, 'base64').toString('utf8'))
  }
  return {
    place: `${SCHEME}:${name}`,
    async check() {
      const there = await unlessGone(
        client.call<{ name?: string }>(gcpCall('GET', 'secretmanager.projects.secrets.get', `/v1/${name}`)),
      )
      if (!there) {
        const [, project, , secret] = name.split('/')
        throw new Fault('refused', `there is no secret ${name}`, {
          where: '--into',
          next: `gcloud secrets create ${secret} --project ${project}`,
        })
      }
      return (await read()) ? 'next version' : 'new'
    },
    async store(secret) {
      await client.call(
        gcpCall('POST', 'secretmanager.projects.secrets.addVersion', `/v1/${name}:addVersion`, {
          body: { payload: { data: Buffer.from(secret.reveal(), 'utf8').toString('base64') } },
        }),
      )
    },
    read,
  }
}
