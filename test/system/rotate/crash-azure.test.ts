import { expect, test } from 'vitest'
import { appId, secretOf } from '../../../src/lab/azure/seed/index.ts'
import {
  azureEstate,
  certificatesOf,
  containLedger,
  type Kept,
  keyOf,
  STOLEN,
  signsIn,
  stolenKey,
  withLedger,
} from '../../rotate/ledger.ts'
import { Scene } from '../../rotate/scene.ts'
import { killed } from './killing.ts'

/** All points take minutes. */
const LONG = 600_000
const VAULT = 'azure-keyvault:https://kv-acme-prod.vault.azure.net/secrets/rotated'

const storedIn = (scene: Scene): unknown =>
  JSON.parse(azureEstate(scene).secrets.find(({ name }) => name === 'rotated')?.value ?? '{}')

test(
  'a certificate, killed at any point: one new one, whose key is in its place, and it signs in',
  async () => {
    const found = await killed({
      open: () => Scene.kept([withLedger(stolenKey())]),
      contain: scene => containLedger(scene),
      more: ['--into', VAULT],
      writes: /^PATCH |setSecret/,
      untouched: scene =>
        expect(certificatesOf(scene).map(({ usage }) => usage)).toEqual(['Verify', 'Verify']),
      async check(scene, run, state) {
        const kept = storedIn(scene) as Kept
        const certificates = certificatesOf(scene)
        expect(certificates).toHaveLength(3)
        expect(certificates.map(({ keyId }) => keyId)).not.toContain(STOLEN)
        const ours = certificates.filter(({ displayName }) => displayName === `interdict-${run}`)
        expect(ours.map(({ keyId }) => keyId)).toEqual([kept.keyId])
        const [change] = state.changes.values()
        expect(change?.phase).toBe('rotated')
        expect(change?.rotation).toMatchObject({
          done: { name: kept.keyId, tried: 'works' },
          oldDeleted: true,
        })
        for (const { outcome } of change?.rotation?.orphans ?? []) expect(outcome).toBe('deleted')
        expect(await signsIn(scene, keyOf(kept))).toBe(true)
        expect(await signsIn(scene, stolenKey())).toBe(false)
        return kept.clientCertificate.split('\n').filter(line => line.length > 40)
      },
    })
    expect(found.wrong).toEqual([])
    expect(found.orphans).toBeGreaterThan(0)
    expect(found.unbegun).toBeGreaterThan(0)
  },
  LONG,
)

test(
  'a client secret, killed at any point: one secret is left, and it is the one that is kept',
  async () => {
    const app = 'reports-api'
    const secrets = (scene: Scene) =>
      azureEstate(scene).applications.find(each => each.appId === appId(app))?.passwordCredentials ?? []
    const old = secretOf(`${app}/vault`)
    const found = await killed({
      open: () => Scene.kept(['azure']),
      contain: scene => scene.contain('oauth-app-consent-abuse', '--input', `app=${appId(app)}`),
      more: ['--into', VAULT, '--delete-old'],
      writes: /addPassword|removePassword|setSecret/,
      untouched: scene => expect(secrets(scene).map(({ secretText }) => secretText)).toEqual([old]),
      async check(scene, run, state) {
        const kept = storedIn(scene) as { clientSecret: string; keyId: string }
        expect(secrets(scene)).toMatchObject([
          { keyId: kept.keyId, secretText: kept.clientSecret, displayName: `interdict-${run}` },
        ])
        const done = [...state.changes.values()].map(({ rotation }) => rotation?.done?.name)
        expect(done.filter(name => name !== undefined)).toEqual([kept.keyId])
        return [kept.clientSecret]
      },
    })
    expect(found.wrong).toEqual([])
    expect(found.orphans).toBeGreaterThan(0)
  },
  LONG,
)
