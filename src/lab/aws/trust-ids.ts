import { keyOf, type LiveEstate } from './estate.ts'
import { isRecord, list } from './evaluate/document.ts'

/**
 * After a user or role was deleted, the trust policies that named it show its unique id, so that a namesake made later
 * is not trusted (IAM User Guide, "IAM role trust policies", on deleted principals).
 */
export function showById({ accounts }: LiveEstate, arn: string, id: string): void {
  for (const { roles } of accounts.values()) {
    for (const role of [...roles.values()]) {
      if (!role.trust.includes(arn)) continue
      const trust = withId(role.trust, arn, id)
      if (trust !== role.trust) roles.set(keyOf(role), { ...role, trust })
    }
  }
}

function withId(text: string, arn: string, id: string): string {
  const document: unknown = JSON.parse(text)
  if (!isRecord(document)) return text
  const { Statement: statements } = document
  const renamed = Array.isArray(statements)
    ? statements.map(each => renamedIn(each, arn, id))
    : renamedIn(statements, arn, id)
  const after = JSON.stringify({ ...document, Statement: renamed })
  return after === JSON.stringify(document) ? text : after
}

function renamedIn(statement: unknown, arn: string, id: string): unknown {
  if (!isRecord(statement)) return statement
  const members = Object.entries(statement).map(([member, value]) => {
    const isOfPrincipals = /^(?:Not)?Principal$/.test(member) && isRecord(value)
    const names = isOfPrincipals ? list(value.AWS) : undefined
    if (!isOfPrincipals || !names?.includes(arn)) return [member, value]
    const next = names.map(name => (name === arn ? id : name))
    return [member, { ...value, AWS: next.length === 1 ? next[0] : next }]
  })
  return Object.fromEntries(members)
}
