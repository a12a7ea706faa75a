import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { guid, objectId, SUBSCRIPTIONS } from '../../../../src/lab/azure/seed/ids.ts'
import { entryOf, type Facet, withEntries } from '../../../../src/model/facet.ts'
import type { Identity } from '../../../../src/model/identity.ts'
import type { Context, Reading } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'
import { type ArmedLab, armedLab } from '../armed-lab.ts'
import {
  type Asked,
  contextOf,
  fault,
  identity,
  interruption,
  type Reply,
  type Scripted,
  SUBSCRIPTION,
  scripted,
} from './scripted-azure.ts'

const PRODUCTION = `/subscriptions/${SUBSCRIPTIONS.production}`
const QUARANTINE = interruption('azure.service-principal.quarantine')
const DETACH = interruption('azure.service-principal.detach')

let lab: ArmedLab | undefined
let cloud: Scripted | undefined
afterEach(async () => {
  await lab?.close()
  await cloud?.close()
  lab = undefined
  cloud = undefined
})

function contextFor(of: Identity, subject: typeof QUARANTINE, more: Partial<Context> = {}): Context {
  return { ...contextOf(of, subject.params.parse({}) as Json), ...more }
}

/** Cuts, and returns the context of the change that is in place. */
async function cutting(
  { session: { client } }: ArmedLab,
  subject: typeof QUARANTINE,
  context: Context,
): Promise<{ held: Context; reading: Reading; from: Facet }> {
  const first = await subject.read(client, context)
  if (!first) throw new Error('gone')
  const told = { ...context, ...(first.seen === undefined ? {} : { seen: first.seen }) }
  const to = subject.cut(first.facet, told)
  await subject.write(client, first.facet, to, told)
  const names = new Set([...Object.keys(first.facet), ...Object.keys(to)])
  const entries = [...names].filter(entry => entryOf(first.facet, entry) !== entryOf(to, entry))
  const held: Context = {
    ...context,
    held: entries,
    before: withEntries(
      {},
      entries.map(entry => [entry, entryOf(first.facet, entry)]),
    ),
  }
  const reading = await subject.read(client, held)
  if (!reading) throw new Error('gone')
  return { held, reading, from: first.facet }
}

describe('a principal of Azure that may undo its quarantine', () => {
  it('gets eight deny assignments where it has a role, and one elsewhere', async () => {
    lab = await armedLab()
    const owner = await lab.principal('mail-insights')
    await cutting(lab, QUARANTINE, contextFor(owner, QUARANTINE, { strength: 'all' }))
    const snapshot = lab.lab.snapshot()['azure'] as { denyAssignments: { scope: string }[] }
    const counts = Object.values(SUBSCRIPTIONS)
      .map(id => `/subscriptions/${id}`)
      .map(scope => [
        scope === PRODUCTION,
        Object.values(snapshot.denyAssignments).filter(each => each.scope === scope).length,
      ])
    expect(counts.filter(([isProduction]) => isProduction)).toEqual([[true, 8]])
    expect(counts.filter(([isProduction, count]) => !isProduction && Number(count) > 1)).toEqual([])
  })

  it('keeps the first one where the cloud refuses a further one', async () => {
    let made = 0
    cloud = await scripted(({ method }) => {
      if (method !== 'PUT') return { status: 200, body: {} }
      made += 1
      return made === 1 ? { status: 200, body: {} } : fault(400, 'DenyAssignmentLimitExceeded')
    })
    const scope = `/subscriptions/${SUBSCRIPTION}`
    const sp = identity('service-principal', '33333333-3333-4333-8333-333333333333', { type: 'application' })
    const seen = { scopes: [scope], deniable: [scope], reached: [scope] }
    const context: Context = { ...contextOf(sp, {}, seen), strength: 'all' }
    const to = QUARANTINE.cut({}, context)
    await expect(QUARANTINE.write(cloud.client, {}, to, context)).rejects.toMatchObject({ code: 'quota' })
    expect(cloud.asked.filter(({ method }) => method === 'DELETE')).toEqual([])
    const exhausted = Object.keys(to).slice(1)
    expect(Object.keys(QUARANTINE.cut({}, { ...context, exhausted }))).toEqual(Object.keys(to).slice(0, 1))
  })

  it('is read again under guard with a call for the principal and a few for each scope', async () => {
    lab = await armedLab()
    const owner = await lab.principal('mail-insights')
    const context = contextFor(owner, QUARANTINE, { strength: 'all' })
    const { held, reading } = await cutting(lab, QUARANTINE, context)
    const before = lab.session.client.requests()
    const again = await QUARANTINE.read(lab.session.client, { ...held, last: reading.facet })
    // The role by which it could lift the deny is taken away too, and listed with it.
    expect(lab.session.client.requests() - before).toBeLessThanOrEqual(6)
    for (const entry of held.held ?? []) {
      expect(entryOf(again?.facet ?? {}, entry)).toEqual(entryOf(reading.facet, entry))
    }
  })

  it.each([
    ['still has what is gone', true],
    ['does not have yet what is there', false],
  ])('is read by each deny assignment where the listing %s', async (_, isListed) => {
    const scope = `/subscriptions/${SUBSCRIPTION}`
    const sp = identity('service-principal', '33333333-3333-4333-8333-333333333333', { type: 'application' })
    const properties = {
      denyAssignmentEffect: 'enforced',
      permissions: [{ actions: ['*/action', '*/delete', '*/write'] }],
      principals: [{ id: sp.name }],
    }
    const names = new Set<string>()
    const answer = ({ method, path, query }: Asked): Reply => {
      if (path.startsWith('/v1.0/servicePrincipals')) return { status: 200, body: { id: sp.uid } }
      const name = path.split('/denyAssignments/')[1]
      if (method === 'PUT') {
        names.add(name ?? '')
        return { status: 200, body: {} }
      }
      if (query.has('$filter')) {
        const value = isListed ? [...names].map(each => ({ name: each, properties })) : []
        return { status: 200, body: { value } }
      }
      return isListed ? fault(404, 'DenyAssignmentNotFound') : { status: 200, body: { properties } }
    }
    cloud = await scripted(answer)
    const context = {
      ...contextOf(sp, {}, { scopes: [scope], deniable: [scope], reached: [scope] }),
      strength: 'all' as const,
    }
    const to = QUARANTINE.cut({}, context)
    await QUARANTINE.write(cloud.client, {}, to, context)
    const held = { ...context, held: Object.keys(to), before: {}, last: to }
    const reading = await QUARANTINE.read(cloud.client, held)
    expect(reading?.facet).toEqual(isListed ? {} : to)
  })
})

describe('a role in Azure that was taken away', () => {
  it.each([
    ['moments after the last reading', true],
    ['by another process', false],
  ])('reads as given again where it is there under another id: %s', async (_, isGuarded) => {
    lab = await armedLab()
    const owner = await lab.principal('mail-insights')
    const { held, reading, from } = await cutting(lab, DETACH, contextFor(owner, DETACH))
    const { client } = lab.session
    const entry = (held.held ?? []).find(each => each.startsWith('azure-role/')) ?? ''
    const value = entryOf(from, entry) as { [name: string]: Json }
    const other = randomUUID()
    const { scope, ...properties } = value
    await client.call({
      service: 'arm',
      method: 'PUT',
      path: `${String(scope)}/providers/Microsoft.Authorization/roleAssignments/${other}`,
      query: { 'api-version': '2022-04-01' },
      body: { properties: { ...properties, principalId: owner.name } },
      operation: 'Microsoft.Authorization/roleAssignments/write',
    })
    const context = isGuarded ? { ...held, last: reading.facet } : held
    const again = await DETACH.read(client, context)
    expect(entryOf(again?.facet ?? {}, entry)).toEqual({ ...value, assignment: other })

    const wanted = withEntries(again?.facet ?? {}, [[entry, undefined]])
    await DETACH.write(client, again?.facet ?? {}, wanted, context)
    const after = await DETACH.read(client, context)
    expect(entryOf(after?.facet ?? {}, entry)).toBeUndefined()
    await DETACH.write(client, after?.facet ?? {}, withEntries({}, [[entry, value]]), context)
    const restored = await DETACH.read(client, contextFor(owner, DETACH))
    expect(entryOf(restored?.facet ?? {}, entry)).toEqual(value)
  })

  it('reads as given again where it is there under its own id, be it one of many', async () => {
    const more = Array.from({ length: 12 }, (_, at) => guid(`one of many ${at}`))
    lab = await armedLab(estate => {
      const own = estate.roleAssignments.find(each => each.principalId === objectId('mail-insights'))
      if (!own) throw new Error('no role')
      more.forEach((name, at) => {
        const group = `${PRODUCTION}/resourceGroups/rg-${at}`
        estate.roleAssignments.push({ ...own, name, scope: group })
      })
    })
    const owner = await lab.principal('mail-insights')
    const { held, reading, from } = await cutting(lab, DETACH, contextFor(owner, DETACH))
    const entry = `azure-role/${more[7]}`
    const given = withEntries({}, [[entry, entryOf(from, entry)]])
    await DETACH.write(lab.session.client, {}, given, held)
    const again = await DETACH.read(lab.session.client, { ...held, last: reading.facet })
    expect(entryOf(again?.facet ?? {}, entry)).toEqual(entryOf(from, entry))
  })
})
