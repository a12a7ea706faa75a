import { type LiveAccount, type LiveEstate, userArn } from '../estate.ts'
import type { AccessKey, User } from '../store.ts'
import { AwsError } from '../wire.ts'
import type { Call, Routes } from './route.ts'
import { date } from './shapes.ts'

/** "If a report has been generated within the past four hours, the most recent report is downloaded" (IAM User Guide). */
const LIFETIME = 4 * 3600 * 1000

/** Columns in the order of the IAM User Guide, "Generate credential reports for your AWS account". */
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap(nth =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      column => `access_key_${nth}_${column}`,
    ),
  ),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
  'additional_credentials_info',
] as const

const NONE = 'N/A'

function when(iso: string | undefined, otherwise: string): string {
  return iso === undefined ? otherwise : `${iso.slice(0, 19)}+00:00`
}

function keyCells({ uses }: LiveEstate, key: AccessKey | undefined): string[] {
  if (key === undefined) return ['false', NONE, NONE, NONE, NONE]
  const used = uses.get(key.id) ?? key.lastUsed
  return [
    String(key.status === 'Active'),
    when(key.created, NONE),
    when(used?.at, NONE),
    used?.region ?? NONE,
    used?.service ?? NONE,
  ]
}

function line(estate: LiveEstate, account: LiveAccount, user: User): string {
  const { login, accessKeys, certificates } = user
  const [first, second] = accessKeys.toSorted((a, b) => (a.created < b.created ? -1 : 1))
  return [
    user.name,
    userArn(account.id, user),
    when(user.created, NONE),
    String(login !== undefined),
    login === undefined ? NONE : when(login.lastUsed, 'no_information'),
    when(login?.created, NONE),
    NONE,
    String(user.mfa.length > 0),
    ...keyCells(estate, first),
    ...keyCells(estate, second),
    ...[certificates[0], certificates[1]].flatMap(certificate => [
      String(certificate?.status === 'Active'),
      when(certificate?.created, NONE),
    ]),
    accessKeys.length > 2 ? `${accessKeys.length - 2} more access keys` : NONE,
  ].join(',')
}

function write({ estate, account }: Call): string {
  const root = ['<root_account>', `arn:aws:iam::${account.id}:root`, '2019-01-01T00:00:00+00:00']
  const rest: string[] = COLUMNS.slice(root.length).map(column =>
    column.endsWith('_active') ? 'false' : NONE,
  )
  rest[0] = 'not_supported'
  const lines = [COLUMNS.join(','), [...root, ...rest].join(',')]
  for (const [, user] of account.users.after(undefined, 'now')) lines.push(line(estate, account, user))
  return lines.join('\n')
}

export const credentialReport: Routes = {
  GenerateCredentialReport: {
    run(call) {
      const { estate, account, clock } = call
      const known = estate.reports.get(account.id)
      if (known !== undefined && clock.ms() - known.at < LIFETIME) return { State: 'COMPLETE' }
      estate.reports.set(account.id, { at: clock.ms(), text: write(call) })
      return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' }
    },
  },
  GetCredentialReport: {
    run({ estate, account, clock }) {
      const report = estate.reports.get(account.id)
      if (report === undefined) {
        throw new AwsError('ReportNotPresent', 410, 'No report exists. Call GenerateCredentialReport first')
      }
      if (clock.ms() - report.at >= LIFETIME) {
        throw new AwsError('ReportExpired', 410, 'The report has expired. Generate another one')
      }
      return {
        Content: Buffer.from(report.text).toString('base64'),
        ReportFormat: 'text/csv',
        GeneratedTime: date(new Date(report.at).toISOString()),
      }
    },
  },
}
