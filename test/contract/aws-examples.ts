import { GITHUB } from '../../src/lab/aws/seed/documents.ts'
import { ACCOUNT, idOf, keyOf } from '../../src/lab/aws/seed/ids.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { type Facet, withEntries } from '../../src/model/facet.ts'
import type { Json } from '../../src/model/json.ts'
import { fillUp } from './aws-subjects.ts'
import type { LensExamples } from './lens-laws.ts'

type Examples = LensExamples<Estate>

const NO_QUESTION = {
  notApplicable: 'IAM has no question about the rights of the caller that it answers for every policy',
}
const NO_VERSION = { notApplicable: 'IAM has no version of a setting that a write could carry' }
const OWN_DENY = { notApplicable: 'the deny has the name of its run, and each run adds its own' }
const ONE_KIND = { notApplicable: 'it is one call, and there is nothing beside it to come first' }
const NO_ROOM_NEEDED = { notApplicable: 'it takes something away or switches it, which needs no room' }
const OVER_AT_ONCE = { notApplicable: 'nothing that was issued before would work again once it is back' }
const THERE_OR_NOT = { notApplicable: 'the setting is there or it is not, with no third value' }
const ON_OR_OFF = { notApplicable: 'the switch is on or off, with no third value that somebody could set' }

/** Another text in the place of each policy that was added or changed. */
const otherPolicy = (cut: Facet, before: Facet) =>
  withEntries(
    cut,
    Object.keys(cut)
      .filter(entry => entry.startsWith('inline/') && cut[entry] !== before[entry])
      .map((entry): [string, Json] => [entry, WEAKER]),
  )

const WEAKER = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 's3:DeleteBucket', Resource: '*' }],
})

/** A switch of a credential of a user. */
const credential = (off: string): Examples => ({
  // IAM knows the state for all of them; the lab gives it to service-specific credentials alone.
  refuse: { name: off, facet: { enabled: 'expired' }, because: /expired/ },
  contained: { name: off },
  order: ONE_KIND,
  oneWay: NO_QUESTION,
  drift: ON_OR_OFF,
  escalation: NO_ROOM_NEEDED,
  horizon: OVER_AT_ONCE,
  incomplete: NO_VERSION,
})

/** One inline policy of ours; `full` has no room for it. */
const ownPolicy = (name: string, full: string, params: Json): Examples => ({
  refuse: { name: full, params, prepare: fillUp, because: /no room for another inline policy/ },
  contained: OWN_DENY,
  order: ONE_KIND,
  oneWay: NO_QUESTION,
  drift: { name, params, third: otherPolicy },
  escalation: {
    name,
    params,
    rungs: [/^inline\/interdict-c0de-/],
    last: /no room for another inline policy/,
  },
  horizon: OVER_AT_ONCE,
  incomplete: NO_VERSION,
})

const ofPrincipal = (
  kind: 'user' | 'role',
  {
    noun,
    name,
    full,
    bounded,
    seconds,
  }: { noun: 'User' | 'Role'; name: string; full: string; bounded: string; seconds: number },
): { [id: string]: Examples } => ({
  [`aws.${kind}.guard`]: {
    refuse: {
      name,
      prepare: estate => {
        // Ten service control policies are attached to the account, and that is all there may be.
        const policies = Array.from({ length: 10 }, (_, at) => addPolicy(estate, `full-${at}`))
        estate.organization?.attachments[ACCOUNT]?.push(...policies)
      },
      because: /no place for another/,
    },
    contained: { secondRun: name },
    order: {
      name,
      contain: [/:CreatePolicy$/, /:AttachPolicy$/],
      restore: /:(Detach|Delete)Policy$/,
      stepDown: [/:UpdatePolicy$/],
    },
    oneWay: NO_QUESTION,
    drift: THERE_OR_NOT,
    escalation: {
      name,
      rungs: [/^guard\/all\//],
      last: /no room for it: .* is at its quota/,
    },
    horizon: { name, seconds, leaves: /^guard\/sessions\// },
    incomplete: NO_VERSION,
  },
  [`aws.${kind}.quarantine`]: {
    refuse: { name: full, prepare: fillUp, exhausted: ['boundary'], because: /no room for a deny/ },
    contained: {
      name,
      prepare: estate => {
        const account = estate.accounts[0]
        const all: { name: string; attached: string[] }[] =
          (kind === 'user' ? account?.users : account?.roles) ?? []
        for (const each of all) {
          if (each.name === name) each.attached.push('arn:aws:iam::aws:policy/AWSDenyAll')
        }
      },
    },
    order: {
      // With a boundary of its own, which a restore gives back before it lifts anything.
      name: bounded,
      strength: 'all',
      contain: [new RegExp(`:Put${noun}Policy$`)],
      restore: /:(Detach|Delete)/,
      stepDown: [new RegExp(`:Put${noun}Policy$`)],
    },
    oneWay: NO_QUESTION,
    drift: { name, third: otherPolicy },
    escalation: {
      name,
      rungs: [/^inline\/interdict-c0de$/, /^attached\/.*AWSDenyAll$/, /^boundary$/],
      last: /no room for a deny/,
    },
    horizon: { name, seconds, leaves: /^inline\/interdict-c0de$/ },
    incomplete: NO_VERSION,
  },
  [`aws.${kind}.revoke-sessions`]: {
    ...ownPolicy(name, full, {}),
    horizon: { name, seconds, leaves: /-sessions$/ },
  },
  [`aws.${kind}.constrain`]: ownPolicy(name, full, { deny: ['s3:*'], resources: ['*'] }),
  [`aws.${kind}.gate`]: ownPolicy(name, full, { sourceIps: ['203.0.113.0/24'] }),
  [`aws.${kind}.detach`]: {
    refuse: { notApplicable: 'what it takes away can be given back, as far as it still exists' },
    contained: { secondRun: name },
    order: { name, stepDown: [new RegExp(`:Put${noun}Policy$`)] },
    oneWay: NO_QUESTION,
    drift: {
      name,
      third: (cut, before) =>
        withEntries(
          cut,
          Object.keys(before)
            .filter(entry => entry.startsWith('inline/') && !(entry in cut))
            .map((entry): [string, Json] => [entry, WEAKER]),
        ),
    },
    escalation: NO_ROOM_NEEDED,
    horizon: { name, seconds, leaves: /-detached$/ },
    incomplete: NO_VERSION,
  },
})

function addPolicy({ organization }: Estate, name: string): string {
  const id = `p-00000${name}`
  const content = JSON.stringify({ Version: '2012-10-17', Statement: [] })
  organization?.policies.push({ id, name, description: '', content })
  return id
}

/** An example for every law of every lens; see `lens-laws.ts`. */
export const EXAMPLES: { [id: string]: Examples } = {
  ...ofPrincipal('user', {
    noun: 'User',
    name: 'ci-deploy',
    full: 'legacy-etl',
    bounded: 'sandbox-bot',
    seconds: 129_600,
  }),
  ...ofPrincipal('role', {
    noun: 'Role',
    name: 'github-deployer',
    full: 'bastion',
    bounded: 'sandbox-runner',
    seconds: 43_200,
  }),
  'aws.access-key.disable': credential(keyOf('data-sync', 1)),
  'aws.service-credential.disable': {
    ...credential(idOf('ACCA', 'repo-mirror/1')),
    refuse: { name: idOf('ACCA', 'chat-assistant/1'), because: /expired/ },
  },
  'aws.signing-certificate.disable': credential(idOf('ASCA', 'soap-gateway/1', 20)),
  'aws.ssh-key.disable': credential(idOf('APKA', 'repo-mirror/1')),
  'aws.role.disable': {
    refuse: { name: 'github-legacy', because: /does not check .*:sub/ },
    contained: OWN_DENY,
    order: ONE_KIND,
    oneWay: NO_QUESTION,
    drift: {
      name: 'vendor-sync',
      third: cut =>
        withEntries(cut, [
          [
            'trust/InterdictC0de',
            { Sid: 'InterdictC0de', Effect: 'Deny', Principal: '*', Action: ['sts:AssumeRoleWithSAML'] },
          ],
        ]),
    },
    escalation: {
      name: 'vendor-sync',
      rungs: [/^trust\/InterdictC0de$/],
      last: /no room in its trust policy/,
    },
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'aws.oidc-provider.disable': {
    refuse: { notApplicable: 'an audience can always be added again' },
    contained: { secondRun: GITHUB },
    order: ONE_KIND,
    oneWay: NO_QUESTION,
    drift: THERE_OR_NOT,
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
  'aws.instance-profile-association.detach': {
    refuse: { notApplicable: 'a profile can always be associated again, as long as it exists' },
    contained: { secondRun: 'i-0a1b2c3d4e5f60001' },
    order: ONE_KIND,
    oneWay: NO_QUESTION,
    drift: {
      name: 'i-0a1b2c3d4e5f60001',
      third: cut =>
        withEntries(cut, [['instance-profile', `arn:aws:iam::${ACCOUNT}:instance-profile/bastion`]]),
    },
    escalation: NO_ROOM_NEEDED,
    horizon: OVER_AT_ONCE,
    incomplete: NO_VERSION,
  },
}
