import { awsCase } from '../cases/aws.ts'
import { faultSuite } from './suite.ts'

faultSuite('AWS', () => awsCase(), 5)
