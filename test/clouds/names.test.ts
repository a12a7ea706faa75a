import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { roleIdentity, userIdentity } from '../../src/clouds/aws/inventory/principals.ts'
import { namedByArn, principal } from '../../src/clouds/aws/names.ts'
import { identity as azureIdentity } from '../../src/clouds/azure/inventory/facts.ts'
import { directoryPrincipal } from '../../src/clouds/azure/names.ts'
import type { GcpClient } from '../../src/clouds/gcp/client.ts'
import { credentialIdentity } from '../../src/clouds/gcp/inventory/common-facts.ts'
import { serviceAccount } from '../../src/clouds/gcp/names.ts'

/** An event means the identity that a plan selects only if both have the same id. */
describe('a record names an identity by the id that the inventory gives it', () => {
  const account = fc.stringMatching(/^\d{12}$/)
  const name = fc.stringMatching(/^[\w+=,.@-]{1,64}$/)
  const path = fc.stringMatching(/^\/([a-z0-9-]{1,12}\/){0,3}$/)

  test('users and roles of AWS', () => {
    fc.assert(
      fc.property(account, name, path, (of, called, at) => {
        const belongings = {
          reported: undefined,
          keys: undefined,
          certificates: [],
          bearers: undefined,
          now: 0,
        }
        const user = userIdentity(of, { UserName: called, UserId: 'AIDAEXAMPLE', Path: at }, belongings)
        const role = roleIdentity(of, { RoleName: called, RoleId: 'AROAEXAMPLE', Path: at }, 0)
        expect(principal(of, 'user', called).id).toBe(user.id)
        expect(principal(of, 'role', called).id).toBe(role.id)
        expect(namedByArn(`arn:aws:iam::${of}:user${at}${called}`)?.identity.id).toBe(user.id)
        expect(namedByArn(`arn:aws-us-gov:iam::${of}:role${at}${called}`)?.identity.id).toBe(role.id)
        expect(namedByArn(`arn:aws:sts::${of}:assumed-role/${called}/session`)?.identity.id).toBe(role.id)
      }),
    )
  })

  test('service accounts of Google Cloud, with the project that their address names', () => {
    const project = fc.oneof(
      fc.stringMatching(/^[a-z][a-z0-9-]{4,20}[a-z0-9]$/),
      fc.stringMatching(/^[a-z]{3,8}\.[a-z]{2,3}:[a-z][a-z0-9-]{4,12}[a-z0-9]$/),
    )
    const short = fc.stringMatching(/^[a-z][a-z0-9-]{4,20}[a-z0-9]$/)
    fc.assert(
      fc.property(short, project, (called, of) => {
        const [domain, own] = of.includes(':') ? of.split(':') : [undefined, of]
        const email = `${called}@${own}${domain === undefined ? '' : `.${domain}`}.iam.gserviceaccount.com`
        const { identity } = serviceAccount(email)
        if (identity.id === undefined) return
        // A key of an account of another project than the one that is listed.
        const client = { project: 'elsewhere', projectNumber: '1' } as GcpClient
        const key = credentialIdentity(client, { kind: 'hmac-key', name: 'k', email, facts: {} })
        expect(identity.id).toBe(`gcp:${of}:service-account/${email}`)
        expect(key.owner).toBe(identity.id)
      }),
    )
  })

  test('principals of Entra', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.boolean(), (tenant, objectId, managed) => {
        const kind = managed ? 'managed-identity' : 'service-principal'
        const shouted = objectId.toUpperCase()
        expect(directoryPrincipal(tenant, { objectId: shouted, managed, appId: undefined }).id).toBe(
          azureIdentity(tenant, kind, objectId, {}).id,
        )
      }),
    )
  })
})
