import { azureCase } from '../cases/azure.ts'
import { azureCredentials } from '../cases/azure-credentials.ts'
import { isWhole } from '../setup/whole.ts'
import { faultSuite } from './suite.ts'

faultSuite('Azure', () => azureCase(), 16)
if (isWhole) faultSuite('Azure, credentials and applications', azureCredentials, 24)
