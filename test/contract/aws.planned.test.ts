import { aws } from '../../src/clouds/aws/provider.ts'
import type { Provider } from '../../src/model/provider.ts'
import { isWhole } from '../setup/whole.ts'
import { openAws } from './aws-range.ts'
import { SUBJECTS } from './aws-subjects.ts'
import { plannedSuite } from './planned-suite.ts'
import { oneOfEach } from './stuck-suite.ts'

const isQuarantine = ({ interruption }: (typeof SUBJECTS)[number]) => interruption.id.endsWith('.quarantine')

plannedSuite(aws as Provider, () => openAws(), {
  // In a whole run a quarantine on each, since whether there is a boundary decides what its last rung replaces.
  subjects: [
    ...(isWhole ? SUBJECTS : oneOfEach(SUBJECTS)).filter(isQuarantine),
    ...oneOfEach(SUBJECTS).filter(each => !isQuarantine(each)),
  ],
  refusals: [
    { code: 'LimitExceeded', status: 409 },
    { code: 'AccessDenied', status: 403 },
  ],
})
