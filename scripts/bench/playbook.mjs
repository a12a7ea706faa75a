/**
 * Returns a playbook that quarantines AWS roles, without a limit.
 *
 * @param select which of them, as a condition on `identity`
 * @param isProtecting whether the usual protections count
 */
export const quarantineRoles = (select, isProtecting = false) => `version: 1
name: bench
title: Quarantine many roles
status: test
severity: low
scope: { aws: { accounts: [self] } }
${isProtecting ? '' : "protect: ['false']\n"}limit: { identities: 100000, share: 1.0 }
ttl: 1h
steps:
  - name: roles
    select: identity.kind == "role" && ${select}
    interrupt: [aws.role.quarantine]
`
