/** Text of a playbook over some steps. */
export function playbook(
  name: string,
  scope: string,
  steps: readonly { select: string; interrupt: string; after?: string }[],
  more = '',
): string {
  const written = steps.map(
    ({ select, interrupt, after }, index) =>
      `  - name: step ${index + 1}
    select: '${select}'
    interrupt: ${interrupt}
${after === undefined ? '' : `    after: ${after}\n`}`,
  )
  return `version: 1
name: ${name}
title: A playbook for a fixture
status: test
severity: high
scope:
  ${scope}
limit: { identities: 60, share: 1 }
ttl: 4h
${more}steps:
${written.join('')}`
}

/** Selects identities of a kind by their names. */
export function named(kind: string, ...names: string[]): string {
  return `identity.kind == "${kind}" && identity.name in ${JSON.stringify(names)}`
}
