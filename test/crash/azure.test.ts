import { azureCase } from '../cases/azure.ts'
import { crashSuite } from './suite.ts'

crashSuite('Azure', () => azureCase())
