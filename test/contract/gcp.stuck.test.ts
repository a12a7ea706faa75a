import { gcp } from '../../src/clouds/gcp/provider.ts'
import type { Provider } from '../../src/model/provider.ts'
import { openGcp } from './gcp-range.ts'
import { SUBJECTS } from './gcp-subjects.ts'
import { oneOfEach, stuckSuite } from './stuck-suite.ts'

stuckSuite(gcp as Provider, openGcp, oneOfEach(SUBJECTS))
