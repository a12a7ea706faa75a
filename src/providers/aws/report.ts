import { setTimeout } from 'node:timers/promises'
import { Fault, toFault } from '../../model/fault.ts'
import type { AwsClient } from './client.ts'

/** What the credential report says of one user; it holds no key ids. Times are RFC 3339. */
export interface Reported {
  password: boolean
  passwordUsed?: string
  mfa: boolean
  keys: { active: boolean; created: string; lastUsed?: string; service?: string; region?: string }[]
  certificates: number
}

/** IAM makes a report in seconds, and gives an old one for up to four hours. */
const POLLS = 30
const POLL_MS = 1_000

/** User name → its line. Fault `denied` and the like when there is no report to be had. */
export async function credentialReport(client: AwsClient): Promise<Map<string, Reported>> {
  for (let poll = 0; ; poll++) {
    const { State } = await client.iam('GenerateCredentialReport', {})
    if (State === 'COMPLETE') break
    if (poll === POLLS) throw new Fault('unavailable', 'IAM did not finish the credential report')
    await setTimeout(poll === 0 ? 100 : POLL_MS)
  }
  const { Content } = await client.iam('GetCredentialReport', {})
  return parseReport(Buffer.from(Content ?? []).toString('utf8'))
}

/** Reads the report by the names of its columns, since columns were added in the past. */
export function parseReport(csv: string): Map<string, Reported> {
  const [head = '', ...lines] = csv.trim().split(/\r?\n/)
  const columns = new Map(head.split(',').map((name, index) => [name.trim(), index]))
  const users = new Map<string, Reported>()
  for (const line of lines) {
    const cells = line.split(',')
    const cell = (name: string) => cells[columns.get(name) ?? -1]?.trim() ?? ''
    const known = (name: string) => {
      const text = cell(name)
      return ['', 'N/A', 'no_information', 'not_supported'].includes(text) ? undefined : text
    }
    const user = cell('user')
    if (user === '' || user === '<root_account>') continue
    const isTrue = (name: string) => cell(name).toLowerCase() === 'true'
    const time = (name: string) => {
      const text = known(name)
      return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString()
    }
    const keys = [1, 2].flatMap(number => {
      const created = time(`access_key_${number}_last_rotated`)
      const active = isTrue(`access_key_${number}_active`)
      if (created === undefined && !active) return []
      const lastUsed = time(`access_key_${number}_last_used_date`)
      const service = known(`access_key_${number}_last_used_service`)
      const region = known(`access_key_${number}_last_used_region`)
      return [
        {
          active,
          created: created ?? '',
          ...(lastUsed === undefined ? {} : { lastUsed }),
          ...(service === undefined ? {} : { service }),
          ...(region === undefined ? {} : { region }),
        },
      ]
    })
    const passwordUsed = time('password_last_used')
    users.set(user, {
      password: isTrue('password_enabled'),
      ...(passwordUsed === undefined ? {} : { passwordUsed }),
      mfa: isTrue('mfa_active'),
      keys,
      certificates: [1, 2].filter(number => isTrue(`cert_${number}_active`)).length,
    })
  }
  return users
}

/** Without the permission, or where an emulator has none, the inventory asks each user instead. */
export async function reportOrNone(client: AwsClient): Promise<Map<string, Reported> | undefined> {
  try {
    return await credentialReport(client)
  } catch (error) {
    if (toFault(error).code === 'bug') throw error
    return undefined
  }
}
