import type { Provider } from '../../src/model/provider.ts'
import { aws } from '../../src/providers/aws/index.ts'
import { openAws } from './aws-range.ts'
import { SUBJECTS } from './aws-subjects.ts'
import { oneOfEach, stuckSuite } from './stuck-suite.ts'

stuckSuite(aws as Provider, openAws, oneOfEach(SUBJECTS))
