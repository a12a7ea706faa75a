import { azureCase } from '../cases/azure.ts'
import { azureCredentials } from '../cases/azure-credentials.ts'
import { faultSuite } from './suite.ts'

faultSuite('Azure', () => azureCase(), 8)
faultSuite('Azure, credentials and applications', azureCredentials, 12)
