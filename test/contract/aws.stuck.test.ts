import { aws } from '../../src/clouds/aws/provider.ts'
import type { Provider } from '../../src/model/provider.ts'
import { openAws } from './aws-range.ts'
import { SUBJECTS } from './aws-subjects.ts'
import { oneOfEach, stuckSuite } from './stuck-suite.ts'

stuckSuite(aws as Provider, openAws, oneOfEach(SUBJECTS))
