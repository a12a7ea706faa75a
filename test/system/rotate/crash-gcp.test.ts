import { expect, test } from 'vitest'
import { emailOf } from '../../../src/lab/gcp/seed/ids.ts'
import type { GcpEstate } from '../../../src/lab/gcp/store.ts'
import { Scene } from '../../rotate/scene.ts'
import { killed } from './killing.ts'

/** All points take minutes. */
const LONG = 600_000
const ACCOUNT = emailOf('etl-legacy', 'acme-prod')
const OLD = '16752473f8cdaee8018e5670c50608083bd1ffa6'

const estate = (scene: Scene) => scene.lab.clouds[0]?.estate() as GcpEstate
const keys = (scene: Scene) =>
  estate(scene)
    .keys.filter(({ email }) => email === ACCOUNT)
    .map(({ id, disabled }) => ({ id, disabled }))

test(
  'a service account key, killed at any point: one new key is on, and it is the one that is kept',
  async () => {
    let before: ReturnType<typeof keys> = []
    const found = await killed({
      open: () => Scene.kept(['gcp']),
      async contain(scene) {
        const run = await scene.contain('leaked-service-account-key', '--input', `key=${OLD}`)
        before = keys(scene)
        return run
      },
      more: ['--into', 'gcp-secretmanager:projects/acme-prod/secrets/rotated-key'],
      writes: /keys\.(create|delete|disable)$|addVersion/,
      untouched: scene => expect(keys(scene)).toEqual(before),
      async check(scene, _run, state) {
        const text = estate(scene).secrets.find(({ name }) => name === 'rotated-key')?.value ?? ''
        const kept = JSON.parse(text) as { private_key: string; private_key_id: string }
        const now = keys(scene)
        expect(now.filter(({ id }) => before.some(each => each.id === id))).toEqual(before)
        expect(now.find(({ id }) => id === OLD)?.disabled).toBe(true)
        const fresh = now.filter(({ id }) => !before.some(each => each.id === id))
        expect(fresh.filter(({ disabled }) => !disabled).map(({ id }) => id)).toEqual([kept.private_key_id])
        // A key without a mark may be anybody's: it is disabled, and reported.
        const [rotated] = [...state.changes.values()].filter(({ phase }) => phase === 'rotated')
        expect(rotated?.rotation?.done?.name).toBe(kept.private_key_id)
        const told = (rotated?.rotation?.orphans ?? []).filter(({ outcome }) => outcome === 'disabled')
        expect(told.map(({ name }) => name).sort()).toEqual(
          fresh.flatMap(({ id, disabled }) => (disabled ? [id] : [])).sort(),
        )
        return kept.private_key.split('\n').filter(line => line.length > 40)
      },
    })
    expect(found.wrong).toEqual([])
    expect(found.orphans).toBeGreaterThan(0)
    expect(found.unbegun).toBeGreaterThan(0)
  },
  LONG,
)
