import { azureCase } from '../cases/azure.ts'
import { faultSuite } from './suite.ts'

faultSuite('Azure', () => azureCase())
