import { describe, expect, it } from 'vitest'
import type { Capabilities, Capability } from '../../src/model/capability.ts'
import type { Diagnosis } from '../../src/toolkit/diagnosis.ts'
import { capabilityLines } from '../../src/ui/capabilities.ts'
import { doctorText } from '../../src/ui/doctor.ts'
import { COLOURLESS } from '../../src/ui/page.ts'

const can: Capability = { answer: 'can' }
const lacks = (...permissions: string[]): Capability => ({
  answer: 'cannot',
  missing: permissions.map(permission => ({ permission })),
})

function of(interruption: string, its: Partial<Omit<Capabilities, 'interruption'>> = {}): Capabilities {
  return { interruption, contain: can, prove: can, restore: can, ...its }
}

const texts = (...all: Capabilities[]) => capabilityLines(all).map(({ sign, text }) => `${sign} ${text}`)

describe('capability lines', () => {
  it('fold everything that works into one line, by verb', () => {
    expect(texts(of('aws.role.disable'), of('aws.user.quarantine'), of('aws.role.quarantine'))).toEqual([
      '✔ quarantine, disable: contain, prove, restore',
    ])
  })

  it('name the kinds where others with the verb have another answer', () => {
    const missing = lacks('iam:AttachUserPolicy')
    expect(texts(of('aws.role.detach'), of('aws.user.detach', { restore: missing }))).toEqual([
      '✔ detach (role): contain, prove, restore',
      '✖ detach (user): can contain, prove; restore needs iam:AttachUserPolicy',
    ])
  })

  it('join stages that need the same, and kinds that need other permissions', () => {
    const put = (noun: string) => lacks(`iam:Put${noun}Policy`)
    expect(
      texts(
        of('aws.user.gate', { contain: put('User'), restore: put('User') }),
        of('aws.role.gate', { contain: put('Role'), restore: put('Role') }),
      ),
    ).toEqual(['✖ gate: can prove; contain, restore need iam:PutRolePolicy, iam:PutUserPolicy'])
  })

  it('say when and where a permission is missing', () => {
    const partly: Capability = {
      answer: 'partly',
      missing: [
        { permission: 'b.set', when: 'where it has roles on the folder' },
        { permission: 'a.set', where: 'not on role/x' },
      ],
    }
    expect(texts(of('gcp.service-account.detach', { contain: partly }))).toEqual([
      '! detach: can prove, restore; contain needs b.set where it has roles on the folder, a.set (not on role/x)',
    ])
  })

  it('leave what is needed on some occasions to --json while something else is missing', () => {
    const cannot: Capability = {
      answer: 'cannot',
      missing: [{ permission: 'a.set' }, { permission: 'b.set', when: 'where it has b' }],
    }
    expect(texts(of('gcp.service-account.gate', { contain: cannot }))).toEqual([
      '✖ gate: can prove, restore; contain needs a.set (and 1 more on some occasions)',
    ])
  })

  it('give a single reason for all that is unknown, and the worst last', () => {
    const unknown: Capability = { answer: 'unknown', why: ['iam:SimulatePrincipalPolicy'] }
    const untold = { contain: unknown, prove: unknown, restore: unknown }
    expect(
      texts(
        of('aws.user.detach', { restore: lacks('iam:AttachUserPolicy') }),
        of('aws.user.quarantine', untold),
        of('aws.role.disable', untold),
      ),
    ).toEqual([
      '? quarantine, disable: contain, prove, restore unknown: iam:SimulatePrincipalPolicy',
      '✖ detach: can contain, prove; restore needs iam:AttachUserPolicy',
    ])
  })

  it('keep what works in another way apart from what works', () => {
    const note: Capability = {
      answer: 'can',
      why: ['no deny assignment can be made: roles are taken away instead'],
    }
    expect(
      texts(of('azure.application.disable'), of('azure.service-principal.quarantine', { contain: note })),
    ).toEqual([
      '✔ disable: contain, prove, restore',
      '! quarantine: contain, prove, restore; no deny assignment can be made: roles are taken away instead',
    ])
  })
})

describe('doctor', () => {
  const account = (name: string, capabilities: Capabilities[]): Diagnosis['accounts'][number] => ({
    cloud: 'gcp',
    title: 'Google Cloud',
    account: name,
    caller: 'responder',
    warnings: [],
    kinds: [],
    capabilities,
    basis: 'by testIamPermissions on the project',
  })
  const diagnosis = (...accounts: Diagnosis['accounts']): Diagnosis => ({
    tool: 'interdict',
    node: 'v24.0.0',
    clock: { here: '2026-01-01T00:00:00Z' },
    state: { state: '/s', config: '/c', writable: true, runs: 0, damaged: [], loose: [] },
    accounts,
    notSetUp: [],
  })
  const text = (columns: number, ...accounts: Diagnosis['accounts']) =>
    doctorText(diagnosis(...accounts), {
      columns,
      all: false,
      paint: COLOURLESS,
      now: '2026-01-01T00:00:00Z',
    })

  it('says once what accounts have in common', () => {
    const its = [of('gcp.service-account.disable', { contain: lacks('iam.serviceAccounts.disable') })]
    const shown = text(
      80,
      account('acme-a', its),
      account('acme-b', its),
      account('acme-c', [of('gcp.x.gate')]),
    )
    expect(shown.match(/iam\.serviceAccounts\.disable/g)).toHaveLength(1)
    expect(shown).toContain('✖ contain, prove, restore: the same as in Google Cloud acme-a')
    expect(shown).toContain('✔ gate: contain, prove, restore')
  })

  it.each([80, 160])('stays within %i columns', columns => {
    const permissions = Array.from({ length: 30 }, (_, nth) => `resourcemanager.projects.permission${nth}`)
    const its = [of('gcp.service-account.detach', { contain: lacks(...permissions) })]
    const widths = text(columns, account('acme-a', its))
      .split('\n')
      .map(line => line.length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns)
    expect(Math.max(...widths)).toBeGreaterThan(columns - 40)
  })

  it('draws nothing that a name from the cloud could control', () => {
    const evil: Capability = {
      answer: 'partly',
      missing: [{ permission: 'p', where: 'not on role/\u001b[2Jx' }],
    }
    expect(text(80, account('acme-a', [of('gcp.service-account.gate', { contain: evil })]))).not.toContain(
      '\u001b',
    )
  })
})
