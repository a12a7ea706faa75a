import { azureCase } from '../cases/azure.ts'
import { azureCredentials } from '../cases/azure-credentials.ts'
import { crashSuite } from './suite.ts'

crashSuite('Azure', () => azureCase())
crashSuite('Azure, credentials and applications', azureCredentials)
