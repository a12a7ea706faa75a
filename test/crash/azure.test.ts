import { azureCase } from '../cases/azure.ts'
import { azureCredentials } from '../cases/azure-credentials.ts'
import { isWhole } from '../setup/whole.ts'
import { deathSuite } from './suite.ts'

// One of each that it may do: every write is two moments to be killed at.
deathSuite('Azure', () => azureCase(undefined, 'reports-api'))
if (isWhole) deathSuite('Azure, credentials and applications', azureCredentials, 6)
