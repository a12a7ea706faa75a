import { awsGuardCase } from '../cases/aws-guard.ts'
import { crashSuite } from '../system/crash/suite.ts'

crashSuite('AWS guard', () => awsGuardCase())
