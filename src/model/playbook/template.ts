/**
 * A new playbook's YAML text, ready to be edited; it is valid as it is. `name` in kebab case; `schema` is where an
 * editor finds the JSON Schema, a path or a URL.
 */
export function newPlaybook(name: string, schema?: string): string {
  const title = name.replaceAll('-', ' ')
  const modeline = schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`
  return `${modeline}version: 1
name: ${name}
title: ${JSON.stringify(title.charAt(0).toUpperCase() + title.slice(1))}
description: >-
  When to run this, what it stops, and what it leaves working.
status: experimental               # stable | test | experimental | deprecated
severity: high                     # low | medium | high | critical
references:
  owasp-nhi: ["NHI2:2025"]
  nist-csf: [RS.MI-01]
inputs:
  role:
    type: string
    pattern: '^[\\w+=,.@-]{1,64}$'
    description: name of the role to stop
scope:
  aws: { accounts: [self] }
protect:                           # identities for which one of these is true are never touched
  - identity.tags.exists(k, k == "break-glass")
limit: { identities: 1, share: 1 }   # a plan that stops more is refused
ttl: 4h                            # until review is due; nothing is restored by itself
steps:
  - name: the role
    select: identity.kind == "role" && identity.name == inputs.role
    interrupt: [quarantine, revoke-sessions]
`
}
