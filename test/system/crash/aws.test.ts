import { awsCase } from '../../cases/aws.ts'
import { crashSuite } from './suite.ts'

crashSuite('AWS', () => awsCase())
