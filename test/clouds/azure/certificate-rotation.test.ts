import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AzureClient } from '../../../src/clouds/azure/client.ts'
import { certificateDisable } from '../../../src/clouds/azure/interruptions/certificate-disable.ts'
import { certificateRotate } from '../../../src/clouds/azure/rotations/certificate.ts'
import type { Context } from '../../../src/model/interruption.ts'
import type { RotationContext } from '../../../src/model/rotation.ts'
import { type AzureRange, openAzure } from '../../contract/azure-range.ts'
import { applicationId, certificateId } from '../../contract/azure-subjects.ts'
import { find } from '../../contract/suite.ts'

const APP = applicationId('ledger-sync')
const READ = 'GET /v1.0/applications/{id}'

let range: AzureRange
let client: AzureClient
let context: RotationContext

/** As after `contain`: the certificate is off the application. */
beforeEach(async () => {
  range = await openAzure()
  client = range.session.client
  const old = await find(range.session, ['certificate'], certificateId('ledger-sync', 'ledger-2026'))
  context = { run: 'c0de', now: range.now(), old }
  const cut: Context = { run: 'c0de', now: range.now(), identity: old, params: {}, exhausted: [] }
  const { facet = {} } = (await certificateDisable.read(client, cut)) ?? {}
  await certificateDisable.write(client, facet, certificateDisable.cut(facet, cut), cut)
  expect(ids()).not.toContain(oldId())
})

afterEach(async () => {
  await range.close()
})

const ids = () =>
  range
    .estate()
    .applications.find(({ id }) => id === APP)
    ?.keyCredentials.map(({ keyId }) => keyId) ?? []
const oldId = () => context.old.name.slice(context.old.name.indexOf('/') + 1)
/** The next reads do not yet see the last write to the application. */
const lag = (times: number) => range.lab.faults.add({ operation: READ, trouble: { kind: 'stale' }, times })

test('a read that still shows the stolen one does not put it back', async () => {
  lag(2)
  const { name } = await certificateRotate.create(client, context)
  expect(ids()).toContain(name)
  expect(ids()).not.toContain(oldId())
  expect(await certificateRotate.isGone?.(client, context)).toBe(true)
})

test('a read that does not show the new one yet neither loses it nor keeps it from being taken back', async () => {
  const { name } = await certificateRotate.create(client, context)
  lag(2)
  await certificateRotate.remove(client, context)
  expect(ids()).toContain(name)
  lag(2)
  expect(await certificateRotate.retire(client, name, true, context)).toEqual({ outcome: 'deleted' })
  expect(ids()).not.toContain(name)
})

test('a second certificate of the same application is added beside the first', async () => {
  const first = await certificateRotate.create(client, context)
  lag(2)
  const second = await certificateRotate.create(client, context)
  expect(ids()).toEqual(expect.arrayContaining([first.name, second.name]))
})

test('one that somebody put back is not called gone, and goes again', async () => {
  const stolen = context.old
  const put = range.estate().applications.find(({ id }) => id === APP)
  expect(put?.keyCredentials.length).toBe(2)
  const { name } = await certificateRotate.create(client, context)
  const other: RotationContext = {
    ...context,
    old: {
      ...stolen,
      name: `${APP}/${name}`,
      id: `${stolen.id}-again`,
      facts: { ...stolen.facts, thumbprint: '' },
    },
  }
  expect(await certificateRotate.isGone?.(client, other)).toBe(false)
  await certificateRotate.remove(client, other)
  expect(await certificateRotate.isGone?.(client, other)).toBe(true)
  expect(ids()).not.toContain(name)
})
