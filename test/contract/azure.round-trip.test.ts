import { describe, expect, it } from 'vitest'
import type { Context } from '../../src/model/interruption.ts'
import { type Json, same } from '../../src/model/json.ts'
import { openAzure } from './azure-range.ts'
import { enriched, SUBJECTS, SUBJECTS_WITHOUT_DENIES, withoutDenies } from './azure-subjects.ts'
import { find, type Subject } from './suite.ts'

/**
 * Properties that the services make anew, by the kind of record, and the words in which the interruption says so before it is
 * used.
 */
const SAID: { [difference: string]: RegExp } = {
  'roleAssignments createdOn': /createdOn/,
  'roleAssignments createdBy': /createdBy/,
  'roleAssignments updatedOn': /updatedOn/,
  'roleAssignments updatedBy': /updatedBy/,
  'appRoleAssignments id': /app-role assignments .*new ids/,
  'appRoleAssignments createdDateTime': /new createdDateTime/,
  'directoryAssignments id': /directory role assignments get new ids/,
  'federatedCredentials id': /new id/,
  'applications isDisabled': /isDisabled reads false/,
  'servicePrincipals isDisabled': /isDisabled reads false/,
  'resources properties': /allowSharedKeyAccess reads true/,
}

interface Record {
  [property: string]: Json
}

/** The name that a record keeps when its id is a new one. */
const KEYS: { [kind: string]: (record: Record) => Json } = {
  appRoleAssignments: ({ principalId, resourceId, appRoleId }) =>
    [principalId, resourceId, appRoleId] as Json,
  directoryAssignments: ({ principalId, roleDefinitionId, directoryScopeId }) =>
    [principalId, roleDefinitionId, directoryScopeId] as Json,
  federatedCredentials: ({ application, name }) => [application, name] as Json,
  roleAssignments: ({ name }) => name as Json,
  denyAssignments: ({ name }) => name as Json,
}

/** Everything that differs, as `<kind> <property>`, or `<kind> gone`, `<kind> more`. */
function differencesOf(before: object, after: object): string[] {
  const found = new Set<string>()
  for (const [kind, records] of Object.entries(before)) {
    // A log: nothing takes an entry back.
    if (kind === 'audits') continue
    const others = Object.entries(after).find(([name]) => name === kind)?.[1]
    if (!Array.isArray(records) || !Array.isArray(others)) {
      if (!same(records, others)) found.add(`${kind} differs`)
      continue
    }
    const key = KEYS[kind] ?? ((record: Record) => record.id ?? record)
    const known = new Map(others.map((record: Record) => [JSON.stringify(key(record)), record]))
    if (others.length > records.length) found.add(`${kind} more`)
    for (const record of records as Record[]) {
      const other = known.get(JSON.stringify(key(record)))
      if (!other) found.add(`${kind} gone`)
      for (const property of Object.keys({ ...record, ...other })) {
        if (other && !same(sorted(record[property]), sorted(other[property])))
          found.add(`${kind} ${property}`)
      }
    }
  }
  return [...found].sort()
}

/** Lists of the directory have no order. */
function sorted(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map(each => JSON.stringify(each)).toSorted()
  return value
}

const cases: [string, Subject, typeof enriched][] = [
  ...SUBJECTS.map((each): [string, Subject, typeof enriched] => [each.interruption.id, each, enriched]),
  ...SUBJECTS_WITHOUT_DENIES.map((each): [string, Subject, typeof enriched] => [
    `${each.interruption.id} without deny assignments`,
    each,
    withoutDenies,
  ]),
]

describe('all that the services show is the same afterwards, or the interruption says what is not', () => {
  it.each(cases)('%s', async (_, { interruption, names, params = {} }, prepare) => {
    const range = await openAzure(prepare)
    try {
      const { client } = range.session
      const before = structuredClone(range.estate())
      for (const name of names) {
        const identity = await find(range.session, interruption.on, name)
        const base: Context = {
          run: 'c0de',
          now: range.now(),
          identity,
          params: interruption.params.parse(params) as Json,
          exhausted: [],
        }
        const reading = await interruption.read(client, base)
        if (!reading) throw new Error(`${identity.id} is gone`)
        const context: Context = {
          ...base,
          ...(reading.seen === undefined ? {} : { seen: reading.seen }),
          // As after the first rung was refused.
          exhausted: prepare === withoutDenies ? scopesOf(reading.seen).map(denyOf) : [],
        }
        const cut = interruption.cut(reading.facet, context)
        await interruption.write(client, reading.facet, cut, context)
        await interruption.write(client, cut, reading.facet, context)
      }
      const differs = interruption.reversal.kind === 'exact' ? '' : interruption.reversal.differs
      const unsaid = differencesOf(before, range.estate()).filter(each => !SAID[each]?.test(differs))
      expect(unsaid).toEqual([])
    } finally {
      await range.close()
    }
  })
})

function scopesOf(seen: Json | undefined): string[] {
  const scopes = typeof seen === 'object' && seen !== null && !Array.isArray(seen) ? seen.scopes : []
  return Array.isArray(scopes) ? scopes.map(String) : []
}

const denyOf = (scope: string) => `deny/interdict-c0de${scope}`
