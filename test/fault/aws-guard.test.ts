import { awsGuardCase } from '../cases/aws-guard.ts'
import { faultSuite } from './suite.ts'

faultSuite('AWS guard', () => awsGuardCase(), 7)
