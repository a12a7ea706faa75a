import { azure } from '../../src/clouds/azure/provider.ts'
import type { Provider } from '../../src/model/provider.ts'
import { openAzure } from './azure-range.ts'
import { enriched, SUBJECTS } from './azure-subjects.ts'
import { plannedSuite } from './planned-suite.ts'
import { oneOfEach } from './stuck-suite.ts'

/** Azure's answer without the preview feature is not documented; operations that these credentials may not call get a 403. */
const REFUSALS = [
  { code: 'AuthorizationFailed', status: 403 },
  { code: 'BadRequest', status: 400 },
]

plannedSuite(azure as Provider, () => openAzure(enriched), {
  subjects: oneOfEach(SUBJECTS),
  refusals: REFUSALS,
})
