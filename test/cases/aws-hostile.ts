import { idOf } from '../../src/lab/aws/seed/ids.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import type { Hostile } from '../hostile/names-suite.ts'
import { awsCase } from './aws.ts'
import { BIDI, ESCAPES, FORMULAS, HOSTILE } from './hostile-texts.ts'

const HARMLESS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
})

/** A user with nothing but hostile names and texts. IAM would not take all of these; another endpoint may. */
function prepare(estate: Estate): void {
  const [account] = estate.accounts
  const user = account?.users.find(({ name }) => name === 'billing-export')
  if (!account || !user) throw new Error('no billing-export in the seed')
  for (const [at, name] of [
    `evil${ESCAPES}`,
    `${BIDI}`,
    ...FORMULAS,
    '../../etc/passwd',
    '__proto__',
  ].entries()) {
    account.users.push({
      ...user,
      name,
      id: idOf('AIDA', `hostile-${at}`),
      path: '/hostile/',
      tags: { ...HOSTILE },
      inline: { [`policy${ESCAPES}`]: HARMLESS, [BIDI]: HARMLESS },
      accessKeys: user.accessKeys.map(key => ({ ...key, id: idOf('AKIA', `hostile-${at}`) })),
    })
  }
  account.alias = `acme${ESCAPES}`
}

const PLAYBOOK = `version: 1
name: stop-hostile
title: Stop what has a hostile name
status: test
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 5, share: 1 }
steps:
  - name: one
    select: identity.kind == "access-key" && identity.name == "${idOf('AKIA', 'hostile-0')}"
    interrupt: [disable]
  - name: its user
    select: identity.kind == "user" && identity.path == "/hostile/" && identity.name.startsWith("evil")
    interrupt: [quarantine]
`

export const awsHostile: Hostile = {
  open: () => ({ ...awsCase(prepare), playbook: PLAYBOOK }),
  where: 'identity.kind == "user" && identity.path == "/hostile/"',
  told: 'evil',
  text: `evil${ESCAPES}`,
}
