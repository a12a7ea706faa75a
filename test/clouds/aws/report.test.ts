import { describe, expect, it } from 'vitest'
import { parseReport } from '../../../src/clouds/aws/inventory/report.ts'

const HEAD = [
  'user',
  'arn',
  'password_enabled',
  'password_last_used',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
  'access_key_1_last_used_date',
  'access_key_1_last_used_region',
  'access_key_1_last_used_service',
  'access_key_2_active',
  'access_key_2_last_rotated',
  'cert_1_active',
  'cert_1_last_rotated',
]

const line = (cells: { [column: string]: string }) => HEAD.map(name => cells[name] ?? 'N/A').join(',')
const csv = (...lines: string[]) => [HEAD.join(','), ...lines].join('\n')

describe('the credential report', () => {
  it('is read by the names of its columns, with what is not known left out', () => {
    const text = csv(
      line({ user: '<root_account>', password_enabled: 'not_supported', access_key_1_active: 'true' }),
      line({
        user: 'ci',
        password_enabled: 'TRUE',
        password_last_used: 'no_information',
        access_key_1_active: 'true',
        access_key_1_last_rotated: '2025-01-02T03:04:05+00:00',
        access_key_1_last_used_date: '2026-01-02T03:04:05+00:00',
        access_key_1_last_used_region: 'eu-west-1',
        access_key_1_last_used_service: 's3',
        access_key_2_active: 'false',
        access_key_2_last_rotated: '2024-01-02T03:04:05+00:00',
        cert_1_active: 'false',
        cert_1_last_rotated: '2024-01-02T03:04:05+00:00',
      }),
    )
    expect([...parseReport(text).users]).toEqual([
      [
        'ci',
        {
          password: true,
          keys: [
            {
              active: true,
              created: '2025-01-02T03:04:05.000Z',
              lastUsed: '2026-01-02T03:04:05.000Z',
              service: 's3',
              region: 'eu-west-1',
            },
            { active: false, created: '2024-01-02T03:04:05.000Z' },
          ],
          certificates: 1,
        },
      ],
    ])
  })

  it('of a user with a comma in its name does not pass for that of another user', () => {
    const one = line({ user: 'ci', access_key_1_active: 'true' })
    expect([...parseReport(csv(one, line({ user: 'ci,x' }))).users]).toMatchObject([
      ['ci', { keys: [{ active: true }] }],
    ])
    expect([...parseReport(csv(one, line({ user: '"ci,x"', mfa_active: 'true' }))).users.keys()]).toEqual([
      'ci',
      'ci,x',
    ])
  })

  it.each(['', '\n', 'user', 'nothing,of,the,kind\na,b,c,d'])('of %j has nobody in it', text => {
    expect(parseReport(text).users.size).toBe(0)
  })

  it('may have lines that end in CR LF, and an empty cell at the end', () => {
    const text = `${HEAD.slice(0, 3).join(',')},note\r\n"ci","arn ""a""",true,\r\n`
    expect([...parseReport(text).users]).toMatchObject([['ci', { password: true }]])
  })

  it('leaves out a user when two lines of the name contradict each other', () => {
    const text = csv(
      line({
        user: 'ci',
        access_key_1_active: 'true',
        access_key_1_last_rotated: '2025-01-02T03:04:05+00:00',
      }),
      line({ user: 'ci' }),
      line({ user: 'web' }),
    )
    expect([...parseReport(text).users.keys()]).toEqual(['web'])
  })
})
