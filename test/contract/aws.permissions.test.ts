import { interruptions } from '../../src/clouds/aws/interruptions/index.ts'
import { openAws } from './aws-range.ts'
import { fillUp, prepareGuard, SUBJECTS, SUBJECTS_PREPARED, SUBJECTS_WITHOUT_ROOM } from './aws-subjects.ts'
import { permissionSuite } from './permissions.ts'

permissionSuite({
  cloud: 'AWS',
  interruptions,
  rounds: [
    { open: () => openAws(), subjects: SUBJECTS },
    { open: () => openAws(fillUp), subjects: SUBJECTS_WITHOUT_ROOM },
    { open: () => openAws(prepareGuard), subjects: SUBJECTS_PREPARED },
  ],
  // Making a policy again that a crash left behind asks for two more, taking back one that found no place for one.
  // The summary of the account is asked for once, when a session is opened.
  askedByCloud: new Set([
    'iam:GetAccountSummary',
    'iam:PassRole',
    'organizations:DeletePolicy',
    'organizations:ListPolicies',
    'organizations:ListTargetsForPolicy',
  ]),
  drifted: {
    'aws.instance-profile-association.detach': () => ({
      'instance-profile': 'arn:aws:iam::111122223333:instance-profile/log-collector',
    }),
  },
})
