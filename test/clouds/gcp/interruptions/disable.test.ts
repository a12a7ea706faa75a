import { afterEach, describe, expect, it } from 'vitest'
import { stateOf } from '../../../../src/clouds/gcp/settings/key-state.ts'
import { entryOf, type Facet, withEntries } from '../../../../src/model/facet.ts'
import type { Identity } from '../../../../src/model/identity.ts'
import type { Context } from '../../../../src/model/interruption.ts'
import { emailOf, interruptionNamed, openTown, PROJECT, subjectOf, type Town } from './small-estate.ts'

let town: Town
afterEach(async () => await town.close())

describe('a service account', () => {
  it('is addressed by its unique id, and another one under its name is not touched', async () => {
    town = await openTown(['a'])
    const { interruption, read, told } = subjectOf(town, 'gcp.service-account.disable', 'a')
    const before = await read()
    await interruption.write(
      town.client,
      before.facet,
      interruption.cut(before.facet, told(before)),
      told(before),
    )
    expect(town.gcp.estate().serviceAccounts.filter(({ disabled }) => disabled)).toHaveLength(1)
    expect((await read()).facet).toEqual({ enabled: false })
  })

  it('that is a default account is refused, unless that is asked for', async () => {
    town = await openTown([])
    const interruption = interruptionNamed('gcp.service-account.disable')
    const identity = {
      ...town.identity('helper'),
      name: '111122223333-compute@developer.gserviceaccount.com',
    }
    const context = (allowDefault: boolean): Context => ({
      run: 'c0de',
      now: town.lab.clock.now(),
      identity,
      params: { allowDefault },
      exhausted: [],
    })
    expect(interruption.refuse?.({ enabled: true }, context(false))).toMatch(/default account/)
    expect(interruption.refuse?.({ enabled: true }, context(true))).toBeUndefined()
    expect(interruption.refuse?.({ enabled: false }, context(false))).toBeUndefined()
  })

  it('steps down: enabled, and denied what an intruder needs, until that is taken away as well', async () => {
    town = await openTown(['a'])
    const seed = town.gcp.snapshot()
    const { interruption, read, told, context } = subjectOf(town, 'gcp.service-account.disable', 'a')
    const before = await read()
    const cut = interruption.cut(before.facet, told(before))
    await interruption.write(town.client, before.facet, cut, told(before))
    const stepped = interruption.stepDown?.(before.facet, context) as Facet
    const entry = `deny/projects/${PROJECT}/interdict-c0de-tokens`
    expect(Object.keys(stepped).sort()).toEqual([entry, 'enabled'])
    expect(interruption.stepDown?.(stepped, context)).toEqual(stepped)

    await interruption.write(town.client, cut, stepped, context)
    // Another process, which knows of the entry from the journal alone.
    expect((await read(town.again(), ['enabled', entry])).facet).toEqual(stepped)
    expect((await read(town.again())).facet).toEqual({ enabled: true })
    const [policy] = town.gcp.estate().denyPolicies
    expect(policy?.rules[0]?.denyRule.deniedPrincipals).toEqual([
      `principal://iam.googleapis.com/projects/-/serviceAccounts/${emailOf('a')}`,
    ])

    const left = withEntries(stepped, [[entry, undefined]])
    await interruption.write(town.again(), stepped, left, context)
    expect(town.gcp.snapshot()).toEqual(seed)
  })
})

const KEY = 'b'.repeat(40)

describe('a key', () => {
  const identity = (): Identity => ({
    ...town.identity('a'),
    id: `gcp:${PROJECT}:service-account-key/${KEY}`,
    uid: KEY,
    kind: 'service-account-key',
    name: KEY,
    owner: `gcp:${PROJECT}:service-account/${emailOf('a')}`,
  })
  const found = { key: 'EXPOSED', value: 'exposed at: https://example.com' } as const

  async function open(more: object) {
    town = await openTown(['a'], estate => {
      estate.keys.push({
        email: emailOf('a'),
        id: KEY,
        origin: 'GOOGLE_PROVIDED',
        publicKey: '',
        validAfter: '2026-01-01T00:00:00Z',
        validBefore: '9999-12-31T23:59:59Z',
        disabled: false,
        ...more,
      })
    })
    const interruption = interruptionNamed('gcp.service-account-key.disable')
    const context: Context = { run: 'c0de', now: '', identity: identity(), params: {}, exhausted: [] }
    const read = async () => {
      const reading = await interruption.read(town.client, context)
      if (!reading) throw new Error('gone')
      return reading
    }
    return { interruption, context, read, ...(await read()) }
  }

  it('that Google disabled is refused, and never enabled', async () => {
    const { interruption, context, facet } = await open({
      disabled: true,
      disableReason: 'EXPOSED',
      extendedStatus: [found],
    })
    expect(facet).toEqual({ enabled: 'disabled by Google, exposed' })
    expect(interruption.refuse?.(facet, context)).toMatch(/Google has disabled it already/)
    expect(interruption.cut(facet, context)).toEqual(facet)
    for (const enabled of [true, 'enabled, exposed']) {
      await expect(interruption.write(town.client, facet, { enabled }, context)).rejects.toMatchObject({
        code: 'rejected',
        message: expect.stringMatching(/not enabled again/),
      })
    }
    expect(town.gcp.estate().keys[0]?.disabled).toBe(true)
  })

  it('that Google found exposed is disabled, and stays so', async () => {
    const { interruption, context, facet, read } = await open({ extendedStatus: [found] })
    expect(interruption.refuse?.(facet, context)).toBeUndefined()
    expect(await interruption.oneWay?.(town.client, context)).toMatch(/a restore leaves it disabled/)
    const cut = interruption.cut(facet, context)
    await interruption.write(town.client, facet, cut, context)
    expect((await read()).facet).toEqual(cut)
    await expect(interruption.write(town.client, cut, facet, context)).rejects.toMatchObject({
      code: 'rejected',
    })
    expect(town.gcp.estate().keys[0]?.disabled).toBe(true)
  })

  it('that Google disables while it is contained shows as drift', async () => {
    const { interruption, context, facet } = await open({})
    const cut = interruption.cut(facet, context)
    const meanwhile = stateOf({
      disabled: true,
      disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED',
      extendedStatus: [{ key: 'SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED', value: '' }],
    })
    expect([entryOf(cut, 'enabled'), meanwhile]).toEqual([false, 'disabled, exposed'])
  })
  it.each([
    [
      { disabled: true, disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_ABANDONED' },
      'disabled, abandoned',
    ],
    [{ disabled: true, disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_UNSPECIFIED' }, false],
    [{ disabled: true, disableReason: 'COMPROMISE_DETECTED' }, 'disabled by Google, compromise detected'],
    [{ disabled: false, disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_ABANDONED' }, true],
  ])('with %o reads as %s', (key, state) => {
    expect(stateOf(key)).toBe(state)
  })

  it('that is off for a reason that Google adds one day is not what we wrote: it shows as drift', async () => {
    const { interruption, context, facet } = await open({})
    const cut = interruption.cut(facet, context)
    const enabled = stateOf({
      disabled: true,
      disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_ABANDONED',
    })
    expect(enabled).not.toBe(entryOf(cut, 'enabled'))
    expect(interruption.cut({ enabled }, context)).toEqual({ enabled })
  })
})
