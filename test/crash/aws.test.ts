import { awsCase, onlyUsers, USER } from '../cases/aws.ts'
import { deathSuite } from './suite.ts'

// test/system/crash kills real processes at the points of this case.
deathSuite('AWS', () => awsCase(onlyUsers(USER, 'billing-export')), 4)
