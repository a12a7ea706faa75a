import { awsCase } from '../cases/aws.ts'
import { deathSuite } from './suite.ts'

deathSuite('AWS', () => awsCase())
