/**
 * Whether a condition of a role assignment lets an action through, for the one shape that the lab reads (Azure RBAC
 * documentation, "Azure role assignment condition format"): groups joined by `AND`, each `(!(ActionMatches{'…'}) OR
 * (@Attribute Operator 'value'))`. A condition that it cannot read lets nothing through that it mentions.
 */
export function conditionHolds(
  condition: string | null,
  action: string,
  attributes: { readonly [attribute: string]: string },
): boolean {
  if (condition === null) return true
  return condition.split(/\)\s*AND\s*\(\s*\(\s*!/i).every(group => holds(group, action, attributes))
}

function holds(group: string, action: string, attributes: { readonly [attribute: string]: string }): boolean {
  const mentioned = [...group.matchAll(/ActionMatches\{'([^']+)'\}/gi)].map(([, name]) => name?.toLowerCase())
  if (mentioned.length > 0 && !mentioned.includes(action.toLowerCase())) return true
  const [, attribute = '', operator = '', operand = ''] =
    /(@\w+\[[^\]]+\])\s+([\w:]+)\s+('[^']*'|\{[^}]*\})/.exec(group) ?? []
  const value = attributes[attribute]?.toLowerCase()
  if (value === undefined) return false
  const wanted = operand
    .replace(/[{}']/g, '')
    .split(',')
    .map(each => each.trim().toLowerCase())
  if (/NotEquals$/i.test(operator)) return !wanted.includes(value)
  return /Equals$/i.test(operator) && wanted.includes(value)
}
