import { describe, expect, it } from 'vitest'
import { Actor, type Way } from '../../../src/lab/actors/actor.ts'
import { gcpTroupe } from '../../../src/lab/actors/gcp.ts'
import { start } from './hq.ts'

function ways(all: readonly object[]): Way[] {
  return all.filter((each): each is Way => 'attempt' in each)
}

describe('the actors of Google Cloud', () => {
  it('all get at their data in every way that they have', async () => {
    const { lab } = await start({ denyQuota: false })
    const { parts, close } = await gcpTroupe(lab.endpoint)
    const names = Object.keys(parts)
    expect(names.length).toBeGreaterThanOrEqual(10)
    for (const name of names) {
      for (const way of (await parts[name]?.()) ?? []) {
        // Those who fight do so only against a containment.
        if (!('attempt' in way)) continue
        await way.attempt().catch((error: Error) => {
          throw new Error(`${name}, ${way.name}: ${error.name} ${error.message}`)
        })
      }
    }
    close()
  })

  it('stop where their account is disabled, earlier tokens too, and say why', async () => {
    const { lab, call } = await start()
    const { parts } = await gcpTroupe(lab.endpoint)
    const thief = new Actor('leaked-sa-key', (await parts['leaked-sa-key']?.()) ?? [])
    thief.start()
    await thief.wait(3, ({ accepted }) => accepted)
    const account = '/v1/projects/acme-prod/serviceAccounts/etl-legacy@acme-prod.iam.gserviceaccount.com'
    await call('POST', `${account}:disable`, {})
    await thief.wait(6, ({ accepted }) => !accepted)
    await thief.stop()
    const errors = new Set(thief.calls.flatMap(({ error }) => error ?? []))
    expect([...errors].sort()).toEqual(['UNAUTHENTICATED', 'invalid_grant'])
    expect(thief.calls.at(-1)?.accepted).toBe(false)
  })

  it('that are honest keep working while a thief of another identity is stopped', async () => {
    const { lab, call } = await start()
    const { parts } = await gcpTroupe(lab.endpoint)
    const [work] = ways((await parts['orders']?.()) ?? [])
    await work?.attempt()
    const account = '/v1/projects/acme-prod/serviceAccounts/checkout@acme-prod.iam.gserviceaccount.com'
    await call('POST', `${account}:disable`, {})
    await work?.attempt()
    const [hijacked] = ways((await parts['checkout']?.()) ?? [])
    await expect(hijacked?.attempt()).rejects.toMatchObject({ name: 'FAILED_PRECONDITION' })
  })
})
