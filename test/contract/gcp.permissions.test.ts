import { interruptions } from '../../src/clouds/gcp/interruptions/index.ts'
import { openGcp } from './gcp-range.ts'
import { guarded, SUBJECTS, SUBJECTS_GUARDED } from './gcp-subjects.ts'
import { permissionSuite } from './permissions.ts'

permissionSuite({
  cloud: 'Google Cloud',
  interruptions,
  rounds: [
    { open: () => openGcp(), subjects: SUBJECTS },
    { open: () => openGcp(guarded, 'acme-data'), subjects: SUBJECTS_GUARDED },
  ],
  askedByCloud: new Set(['iam.roles.get']),
})
