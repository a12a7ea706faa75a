import { Fault, toFault } from '../../../model/fault.ts'
import type { AwsClient } from '../client.ts'
import { type ReportedRoot, rootWarning } from './root.ts'

/** The row of one user in the credential report; it holds no key ids. Times are RFC 3339. */
export interface Reported {
  /** Absent if the report does not say, like the second factor. */
  password?: boolean
  passwordUsed?: string
  mfa?: boolean
  keys: { active: boolean; created: string; lastUsed?: string; service?: string; region?: string }[]
  certificates: number
}

export interface Report {
  /** By name of the user. */
  users: ReadonlyMap<string, Reported>
  root: ReportedRoot | undefined
  /** RFC 3339; users and credentials made since are not in it. */
  at: string | undefined
}

/** IAM makes a report in seconds, and gives an old one for up to four hours (IAM User Guide, "credential reports"). */
const POLLS = 30
const POLL_MS = 1_000

/** Fault `denied` and the like when there is no report to be had. */
export async function credentialReport(client: AwsClient): Promise<Report> {
  try {
    await generate(client)
  } catch (error) {
    // Somebody else may have had one made; to have one made is the part that is limited and denied more often.
    if (!['quota', 'denied', 'throttled'].includes(toFault(error).code)) throw error
  }
  const { Content, GeneratedTime } = await client.iam('GetCredentialReport', {})
  return {
    ...parseReport(Buffer.from(Content ?? []).toString('utf8')),
    at: GeneratedTime?.toISOString(),
  }
}

async function generate(client: AwsClient): Promise<void> {
  for (let poll = 0; ; poll++) {
    const { State } = await client.iam('GenerateCredentialReport', {})
    if (State === 'COMPLETE') return
    if (poll === POLLS) throw new Fault('unavailable', 'IAM did not finish the credential report')
    await client.timing.sleep(poll === 0 ? 100 : POLL_MS)
  }
}

/** Reads the report by the names of its columns, since columns were added in the past; line by line, for it may be long. */
export function parseReport(csv: string): { users: Map<string, Reported>; root: ReportedRoot | undefined } {
  const users = new Map<string, Reported>()
  const twice = new Set<string>()
  let root: ReportedRoot | undefined
  let columns: Map<string, number> | undefined
  for (const line of linesOf(csv)) {
    const cells = cellsOf(line)
    if (columns === undefined) {
      columns = new Map(cells.map((name, index) => [name, index]))
      continue
    }
    // A name may hold a comma. Such a user is asked directly, and is not taken for another one.
    if (cells.length !== columns.size) continue
    const at = columns
    const cell = (name: string) => cells[at.get(name) ?? -1] ?? ''
    const user = cell('user')
    if (user === '<root_account>') {
      root = { keys: keysOf(cell), certificates: certificatesOf(cell).active }
    } else if (user !== '') {
      if (users.has(user)) twice.add(user)
      users.set(own(user), reported(cell))
    }
  }
  // Two lines of one name contradict each other, and one may say that there is no key: such a user is asked directly.
  for (const user of twice) users.delete(user)
  return { users, root }
}

function* linesOf(text: string): Generator<string> {
  let from = 0
  while (from < text.length) {
    const end = text.indexOf('\n', from)
    const to = end === -1 ? text.length : end
    const line = text.slice(from, to).trim()
    if (line !== '') yield line
    from = to + 1
  }
}

/** A copy: a part of a text keeps the whole text in memory. */
function own(part: string): string {
  return Buffer.from(part).toString()
}

type Cell = (name: string) => string

function known(cell: Cell, name: string): string | undefined {
  const text = cell(name)
  return ['', 'N/A', 'no_information', 'not_supported'].includes(text) ? undefined : own(text)
}

function isTrue(cell: Cell, name: string): boolean {
  return cell(name).toLowerCase() === 'true'
}

function time(cell: Cell, name: string): string | undefined {
  const text = known(cell, name)
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString()
}

function keysOf(cell: Cell): Reported['keys'] {
  return [1, 2].flatMap(number => {
    const created = time(cell, `access_key_${number}_last_rotated`)
    const active = isTrue(cell, `access_key_${number}_active`)
    if (created === undefined && !active) return []
    const lastUsed = time(cell, `access_key_${number}_last_used_date`)
    const service = known(cell, `access_key_${number}_last_used_service`)
    const region = known(cell, `access_key_${number}_last_used_region`)
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
}

function certificatesOf(cell: Cell): { active: number; all: number } {
  const active = [1, 2].filter(number => isTrue(cell, `cert_${number}_active`))
  const made = [1, 2].filter(number => time(cell, `cert_${number}_last_rotated`) !== undefined)
  return { active: active.length, all: new Set([...active, ...made]).size }
}

function reported(cell: Cell): Reported {
  const passwordUsed = time(cell, 'password_last_used')
  const [password, mfa] = ['password_enabled', 'mfa_active'].map(name =>
    known(cell, name) === undefined ? undefined : isTrue(cell, name),
  )
  return {
    ...(password === undefined ? {} : { password }),
    ...(passwordUsed === undefined ? {} : { passwordUsed }),
    ...(mfa === undefined ? {} : { mfa }),
    keys: keysOf(cell),
    certificates: certificatesOf(cell).all,
  }
}

/** The cells of a line; a quoted one may hold commas, and two quotes for one. */
function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',').map(cell => cell.trim())
  const cells = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? []
  // The pattern also matches the nothing at the end.
  if (cells.at(-1) === '' && !line.endsWith(',')) cells.pop()
  return cells.map(cell =>
    cell
      .replace(/,$/, '')
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .replaceAll('""', '"'),
  )
}

/** Older than this, somebody may have used a credential since in a way that matters to an incident. */
const STALE_MS = 15 * 60_000

/**
 * The users of the report, by which the inventory says when something was last used; what there is, it asks of each user.
 * Undefined without the permission, or where an emulator has no report. `warn` receives what that means for the listing, and
 * a credential of the root user.
 */
export async function reportOrNone(
  client: AwsClient,
  warn: (message: string) => void,
): Promise<Report['users'] | undefined> {
  try {
    const { users, root, at } = await credentialReport(client)
    const ofRoot = rootWarning(client.account, root)
    if (ofRoot !== undefined) warn(ofRoot)
    if (at !== undefined && client.timing.date() - Date.parse(at) > STALE_MS) {
      warn(
        `the credential report of ${client.account} is of ${at}: keys are listed as they are now; a use since then is not in "last used"`,
      )
    }
    return users
  } catch (error) {
    const { code, message } = toFault(error)
    if (code === 'bug') throw error
    warn(
      `no credential report of ${client.account} (${message}): when keys and passwords were last used is not known`,
    )
    return undefined
  }
}
