import { Unreadable } from '../../../signals/draft.ts'
import { at, isMembers, type Members, textAt } from '../../../signals/members.ts'
import { guid, tenantIn } from '../names.ts'

/** A record of one of Microsoft's logs, whichever way it came. */
export interface AzureRow {
  /** As diagnostic settings call it, e.g. `ServicePrincipalSignInLogs`. */
  category: string
  /** Columns of the event, by names in lower case; JSON in texts is read. */
  said: Members
  /** Around it: `time`, `tenantid`, `resourceid`, …; the same object where the row is flat. */
  around: Members
}

/** Tables of Log Analytics by the category that fills them (Azure Monitor reference, "Tables by category"). */
const TABLES: { readonly [table: string]: string | undefined } = {
  signinlogs: 'SignInLogs',
  aadnoninteractiveusersigninlogs: 'NonInteractiveUserSignInLogs',
  aadserviceprincipalsigninlogs: 'ServicePrincipalSignInLogs',
  aadmanagedidentitysigninlogs: 'ManagedIdentitySignInLogs',
  auditlogs: 'AuditLogs',
  aadriskyserviceprincipals: 'RiskyServicePrincipals',
  aadserviceprincipalriskevents: 'ServicePrincipalRiskEvents',
  microsoftgraphactivitylogs: 'MicrosoftGraphActivityLogs',
  azureactivity: 'AzureActivity',
}
const CATEGORIES: ReadonlyMap<string, string> = new Map(
  Object.values(TABLES).flatMap(name => (name === undefined ? [] : [[name.toLowerCase(), name] as const])),
)

/**
 * A record as diagnostic settings send it (`category` and `properties`), or a row of a table of Log Analytics, whose
 * columns begin with capitals in an answer and are written small by some exports. Undefined when it is neither.
 * @throws Unreadable when two members differ in case only
 */
export function azureRow(record: Members): AzureRow | undefined {
  const category = categoryOf(record)
  if (category === undefined) return undefined
  const around = lowered(record)
  const properties = around['properties']
  return { category, said: isMembers(properties) ? lowered(properties) : around, around }
}

function categoryOf(record: Members): string | undefined {
  const table = textAt(record, 'Type') ?? textAt(record, 'type')
  const known =
    table === undefined || !Object.hasOwn(TABLES, table.toLowerCase())
      ? undefined
      : TABLES[table.toLowerCase()]
  if (known !== undefined && known !== 'AzureActivity') return known
  const category = textAt(record, 'category') ?? textAt(record, 'Category')
  const given = CATEGORIES.get((category ?? '').toLowerCase())
  // A list of rows without its table's name still says its category.
  return given !== undefined && (isMembers(record['properties']) || hasRow(record)) ? given : undefined
}

function hasRow(record: Members): boolean {
  return 'TimeGenerated' in record || 'timeGenerated' in record
}

/** Members by their names in lower case; a text that holds an object or a list of JSON is read. */
export function lowered(members: Members): Members {
  const found = new Map<string, unknown>()
  for (const [name, value] of Object.entries(members)) {
    const small = name.toLowerCase()
    if (found.has(small)) throw new Unreadable('a record with two members whose names differ in case only')
    found.set(small, parsed(value))
  }
  return Object.fromEntries(found)
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

/**
 * The tenant of a row: of its own column, of the resource that it is about, of the envelope, else the one that is known. In a
 * flat row `TenantId` is the workspace's id, and is not looked at.
 *
 * @param own columns that name the tenant, the most telling first
 */
export function tenantOf(
  { said, around }: Pick<AzureRow, 'said' | 'around'>,
  known: string | undefined,
  own: readonly string[] = ['aadtenantid'],
): string | undefined {
  return (
    guid(textOfAny(said, ...own)) ??
    tenantIn(textAt(around, 'resourceid')) ??
    guid(said === around ? undefined : (textAt(said, 'tenantid') ?? textAt(around, 'tenantid'))) ??
    guid(known)
  )
}

/** The first of several members that is text. */
export function textOfAny(members: Members, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = textAt(members, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** A value that some forms put into an object: `{ "value": "Administrative", "localizedValue": … }`. */
export function valueAt(members: unknown, ...path: readonly string[]): string | undefined {
  return textAt(members, ...path) ?? textAt(at(members, ...path), 'value')
}
