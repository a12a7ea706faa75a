import { azure } from '../../src/clouds/azure/provider.ts'
import type { Provider } from '../../src/model/provider.ts'
import { openAzure } from './azure-range.ts'
import { enriched, SUBJECTS } from './azure-subjects.ts'
import { oneOfEach, stuckSuite } from './stuck-suite.ts'

stuckSuite(azure as Provider, () => openAzure(enriched), oneOfEach(SUBJECTS))
