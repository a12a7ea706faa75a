import { azureCase } from '../cases/azure.ts'
import { azureHostile } from '../cases/azure-hostile.ts'
import { looksSuite } from './looks-suite.ts'
import { namesSuite } from './names-suite.ts'

looksSuite('Azure', () => azureCase())
namesSuite('Azure', azureHostile)
