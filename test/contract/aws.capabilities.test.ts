import { interruptions } from '../../src/clouds/aws/interruptions/index.ts'
import { managedArn } from '../../src/lab/aws/seed/managed-policies.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { type AwsRange, openAws } from './aws-range.ts'
import { SUBJECTS } from './aws-subjects.ts'
import { capabilitySuite } from './capability-suite.ts'

const RESPONDERS = ['incident-responder', 'organization-guard']

function responders(estate: Estate) {
  return estate.accounts.flatMap(({ roles }) => roles.filter(({ name }) => RESPONDERS.includes(name)))
}

capabilitySuite<Estate>({
  cloud: 'AWS',
  interruptions,
  subjects: SUBJECTS,
  open: prepare => openAws(prepare),
  estateOf: range => (range as AwsRange).lab.estate(),
  take(estate, permission) {
    // Each of the two is asked about its own.
    const [name] = RESPONDERS.filter((_, at) => permission.startsWith('organizations:') === (at === 1))
    for (const role of responders(estate).filter(each => each.name === name)) {
      const Statement = [{ Effect: 'Deny', Action: permission, Resource: '*' }]
      role.inline['taken-away'] = JSON.stringify({ Version: '2012-10-17', Statement })
    }
  },
  readOnly(estate) {
    for (const role of responders(estate)) {
      // The way to the guard's role is no permission of an interruption.
      const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }]
      role.inline = { assume: JSON.stringify({ Version: '2012-10-17', Statement }) }
      role.attached = [managedArn('ReadOnlyAccess')]
    }
  },
  // Without the first nothing can be told, and the tests of the session say so.
  kept: new Set(['iam:SimulatePrincipalPolicy']),
})
