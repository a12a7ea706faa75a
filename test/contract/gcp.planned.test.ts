import { gcp } from '../../src/clouds/gcp/provider.ts'
import type { Provider } from '../../src/model/provider.ts'
import { openGcp } from './gcp-range.ts'
import { SUBJECTS } from './gcp-subjects.ts'
import { plannedSuite } from './planned-suite.ts'
import { oneOfEach } from './stuck-suite.ts'

plannedSuite(gcp as Provider, openGcp, {
  subjects: oneOfEach(SUBJECTS),
  refusals: [
    { code: 'PERMISSION_DENIED', status: 403 },
    { code: 'FAILED_PRECONDITION', status: 400 },
  ],
})
