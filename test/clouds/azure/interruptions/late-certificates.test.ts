import { expect, test } from 'vitest'
import type { AzureClient } from '../../../../src/clouds/azure/client.ts'
import { certificateDisable } from '../../../../src/clouds/azure/interruptions/certificate-disable.ts'
import type { Context } from '../../../../src/model/interruption.ts'
import { openAzure } from '../../../contract/azure-range.ts'
import { applicationId, certificateId } from '../../../contract/azure-subjects.ts'
import { find } from '../../../contract/suite.ts'

const APP = applicationId('ledger-sync')
const SECOND = '11111111-1111-4111-8111-111111111111'

test('two certificates of one application: the second cut does not put the first back from a late read', async () => {
  const range = await openAzure(({ applications }) => {
    const application = applications.find(({ id }) => id === APP)
    const [first] = application?.keyCredentials ?? []
    if (!application || !first?.key) throw new Error('no certificate in the seed')
    const der = Buffer.from(first.key, 'base64')
    der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1)
    application.keyCredentials.push({ ...first, keyId: SECOND, key: der.toString('base64') })
  })
  try {
    const client = range.session.client as AzureClient
    const ids = () =>
      range.estate().applications.flatMap(({ id, keyCredentials }) => (id === APP ? keyCredentials : []))
    for (const name of [certificateId('ledger-sync', 'ledger-2026'), `${APP}/${SECOND}`]) {
      const identity = await find(range.session, ['certificate'], name)
      const context: Context = {
        run: 'c0de',
        now: range.now(),
        identity,
        params: {},
        exhausted: [],
      }
      const { facet } = (await certificateDisable.read(client, context)) ?? { facet: {} }
      range.lab.faults.add({ operation: 'GET /v1.0/applications/{id}', trouble: { kind: 'stale' }, times: 2 })
      await certificateDisable.write(client, facet, certificateDisable.cut(facet, context), context)
      expect(ids().map(({ keyId }) => `${APP}/${keyId}`)).not.toContain(name)
    }
    expect(ids()).toHaveLength(2)
  } finally {
    await range.close()
  }
})
