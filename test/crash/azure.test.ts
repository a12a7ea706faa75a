import { azureCase } from '../cases/azure.ts'
import { azureCredentials } from '../cases/azure-credentials.ts'
import { crashSuite } from '../system/crash/suite.ts'

// One of each that it may do: every write is two moments to be killed at.
crashSuite('Azure', () => azureCase(undefined, 'reports-api'))
crashSuite('Azure, credentials and applications', azureCredentials)
