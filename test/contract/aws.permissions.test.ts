import { interruptions } from '../../src/providers/aws/interruptions/index.ts'
import { openAws } from './aws-range.ts'
import { fillUp, SUBJECTS, SUBJECTS_WITHOUT_ROOM } from './aws-subjects.ts'
import { permissionSuite } from './permissions.ts'

permissionSuite({
  cloud: 'AWS',
  interruptions,
  rounds: [
    { open: () => openAws(), subjects: SUBJECTS },
    { open: () => openAws(fillUp), subjects: SUBJECTS_WITHOUT_ROOM },
  ],
  askedByCloud: new Set(['iam:PassRole']),
  drifted: {
    'aws.instance-profile-association.detach': () => ({
      'instance-profile': 'arn:aws:iam::111122223333:instance-profile/log-collector',
    }),
  },
})
