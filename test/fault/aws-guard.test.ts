import { onlyUsers, USER } from '../cases/aws.ts'
import { awsGuardCase } from '../cases/aws-guard.ts'
import { faultSuite } from './suite.ts'

faultSuite('AWS guard', () => awsGuardCase(onlyUsers(USER, 'billing-export')), 12)
