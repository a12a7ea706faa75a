import { z } from 'zod'
import type { Interruption, Verb } from '../../../src/model/interruption.ts'
import type { FactShape, Kind } from '../../../src/model/kind.ts'
import type { Catalog } from '../../../src/model/playbook/playbook.ts'

const facts: FactShape = {
  path: 'string',
  tags: 'map<string>',
  created: 'time',
  enabled: 'bool',
  lastUsed: 'time',
  unusedDays: 'int',
  neverUsed: 'bool',
  human: { score: 'double', verdict: 'string', reasons: 'list<string>' },
}

const kind = (name: string, credential: boolean, own: FactShape): Kind => ({
  name,
  summary: name,
  credential,
  facts: { ...facts, ...own },
})

const interruption = (id: string, verb: Verb, on: string[], params: z.ZodType = z.strictObject({})) =>
  ({
    id,
    summary: id,
    verbs: [verb],
    on,
    leaves: 'nothing',
    reversal: { kind: 'exact' },
    permissions: { read: [], cut: [], restore: [] },
    params,
    read: async () => undefined,
    cut: facet => facet,
    write: async () => {},
  }) as Interruption

/** A small catalog: enough for what playbooks are checked against. */
export const catalog: Catalog = {
  clouds: ['aws'],
  kinds: [
    kind('role', false, {
      trust: {
        services: 'list<string>',
        accounts: 'list<string>',
        oidc: { list: { issuer: 'string', subjects: 'list<string>' } },
      },
      maxSession: 'int',
    }),
    kind('user', false, { keys: 'list<string>', password: 'bool' }),
    { ...kind('access-key', true, { user: 'string' }), owners: ['user'] },
    kind('group', false, {}),
  ],
  interruptions: [
    interruption('aws.role.quarantine', 'quarantine', ['role']),
    interruption('aws.user.quarantine', 'quarantine', ['user']),
    interruption('aws.access-key.disable', 'disable', ['access-key']),
    interruption('aws.role.revoke-sessions', 'revoke-sessions', ['role', 'user']),
    interruption(
      'aws.role.constrain',
      'constrain',
      ['role'],
      z.strictObject({ deny: z.array(z.string()).min(1), reason: z.string().default('none') }),
    ),
  ],
}

export const minimal = `version: 1
name: one-role
title: Stop one role
inputs:
  role: { type: string, pattern: '^[a-z-]+$', description: the role }
steps:
  - name: the role
    select: identity.kind == "role" && identity.name == inputs.role
    interrupt: [quarantine]
scope: { aws: {} }
`
