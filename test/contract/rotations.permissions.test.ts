import { describe, expect, test } from 'vitest'
import { rotations as awsRotations, sinks as awsSinks } from '../../src/clouds/aws/rotations/index.ts'
import { rotations as azureRotations, sinks as azureSinks } from '../../src/clouds/azure/rotations/index.ts'
import { rotations as gcpRotations, sinks as gcpSinks } from '../../src/clouds/gcp/rotations/index.ts'
import { objectId } from '../../src/lab/azure/seed/index.ts'
import { idOfKey } from '../../src/lab/gcp/seed/accounts.ts'
import { KEYS } from '../../src/lab/gcp/seed/ids.ts'
import type { Rotation, RotationContext, SinkKind } from '../../src/model/rotation.ts'
import { Secret } from '../../src/model/secret.ts'
import { seededKeys } from '../rotate/aws-people.ts'
import { openAws } from './aws-range.ts'
import { openAzure } from './azure-range.ts'
import { applicationId, certificateId } from './azure-subjects.ts'
import { openGcp } from './gcp-range.ts'
import { find, type Range } from './suite.ts'

interface Case {
  open(): Promise<Range>
  rotation: Rotation
  kind: string
  name: string
  /** Asked of everybody who signs in, with whatever it may do. */
  free?: readonly string[]
}

const by = <Of extends { id: string }>(all: readonly Of[], id: string): Rotation => {
  const found = all.find(each => each.id === id)
  if (!found) throw new Error(`no ${id}`)
  return found as unknown as Rotation
}

const CASES: { [name: string]: Case } = {
  'an access key': {
    open: () => openAws(),
    rotation: by(awsRotations, 'aws.access-key.rotate'),
    kind: 'access-key',
    name: seededKeys('billing-export').accessKeyId,
    free: ['sts:GetCallerIdentity'],
  },
  'a service account key': {
    // Whether its account is off is asked when a new key is refused.
    open: () =>
      openGcp(estate => {
        const account = estate.serviceAccounts.find(({ email }) => email.startsWith('etl-legacy@'))
        if (account) account.disabled = true
      }),
    rotation: by(gcpRotations, 'gcp.service-account-key.rotate'),
    kind: 'service-account-key',
    name: idOfKey('etl-legacy', KEYS.leaked),
    free: ['token'],
  },
  'a secret of an application': {
    open: () => openAzure(),
    rotation: by(azureRotations, 'azure.client-secret.rotate'),
    kind: 'application',
    name: applicationId('hr-portal'),
  },
  'secrets of a principal': {
    open: () => openAzure(),
    rotation: by(azureRotations, 'azure.client-secret.rotate'),
    kind: 'service-principal',
    name: objectId('hr-portal'),
  },
  'a certificate': {
    open: () => openAzure(),
    rotation: by(azureRotations, 'azure.certificate.rotate'),
    kind: 'certificate',
    name: certificateId('ledger-sync', 'ledger-2026'),
  },
}

describe('a rotation calls what it declares, and nothing else', () => {
  test.each(Object.entries(CASES))('%s', async (_, { open, rotation, kind, name, free = [] }) => {
    const range = await open()
    try {
      const { client } = range.session
      const old = await find(range.session, [kind], name)
      const context: RotationContext = { run: 'c0de', now: range.now(), old }
      range.operations()
      const called = () => range.operations().filter(each => !free.includes(each))
      expect(await rotation.blocked?.(client, context)).toBeUndefined()
      await rotation.stays?.(client, context)
      const before = (await rotation.list(client, context)).map(each => each.name)
      const read = called()
      const made = await rotation.create(client, context)
      await rotation.try(client, made.secret, context)
      await rotation.list(client, context)
      const rotate = called()
      await rotation.retire(client, made.name, false, context)
      await rotation.retire(client, made.name, true, context)
      await rotation.isGone?.(client, context)
      await rotation.remove(client, { ...context, before })
      expect(await rotation.isGone?.(client, context)).not.toBe(false)
      const remove = called()
      const left = (await rotation.list(client, context)).map(each => each.name)
      expect(left.filter(each => each === made.name || each === old.name)).toEqual([])

      const { permissions } = rotation
      const beyond = (calls: string[], declared: string[]) =>
        calls.filter(each => ![...permissions.read, ...declared].includes(each))
      expect(beyond(read, [])).toEqual([])
      expect(beyond(rotate, permissions.rotate)).toEqual([])
      expect(beyond(remove, permissions.remove)).toEqual([])
      const all = new Set([...read, ...rotate, ...remove])
      const declared = Object.values(permissions).flat()
      expect(declared.filter(each => !all.has(each))).toEqual([])
    } finally {
      await range.close()
    }
  })
})

const SINKS: { [name: string]: { open(): Promise<Range>; kind: SinkKind; address: string } } = {
  'Secrets Manager': {
    open: () => openAws(),
    kind: awsSinks[0] as unknown as SinkKind,
    address: 'somewhere/new',
  },
  'Secret Manager': {
    open: () => openGcp(),
    kind: gcpSinks[0] as unknown as SinkKind,
    address: 'projects/acme-prod/secrets/rotated-key',
  },
  'Key Vault': {
    open: () => openAzure(),
    kind: azureSinks[0] as unknown as SinkKind,
    address: 'https://kv-acme-prod.vault.azure.net/secrets/somewhere-new',
  },
}

describe('a sink calls what it declares, and nothing else', () => {
  test.each(Object.entries(SINKS))('%s', async (_, { open, kind, address }) => {
    const range = await open()
    try {
      range.operations()
      const sink = kind.open(range.session.client, address)
      await sink.check()
      await sink.store(new Secret('first'))
      expect((await sink.read())?.equals(new Secret('first'))).toBe(true)
      expect(await sink.check()).toBe('next version')
      await sink.store(new Secret('second'))
      expect((await sink.read())?.equals(new Secret('second'))).toBe(true)
      expect([...new Set(range.operations())].sort()).toEqual([...kind.permissions].sort())
    } finally {
      await range.close()
    }
  })
})
