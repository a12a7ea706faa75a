import type { Estate } from '../../src/lab/aws/index.ts'
import { onlyUsers } from '../cases/aws.ts'
import { awsGuardCase } from '../cases/aws-guard.ts'
import { prepareGuard } from '../contract/aws-subjects.ts'
import { runsSuite } from './suite.ts'

// Users and roles whose principals end up in one policy of the account.
const OVERLAP = {
  names: ['ci-deploy', 'report-printer', 'github-deployer', 'vendor-sync'],
  select: (names: readonly string[]) =>
    `(identity.kind == "user" || identity.kind == "role") && identity.name in ${JSON.stringify(names)}`,
  uses: ['guard', 'quarantine', 'disable'],
  params: {},
}

function prepared(estate: Estate): void {
  prepareGuard(estate)
  onlyUsers(...OVERLAP.names)(estate)
}

runsSuite('AWS guard', () => awsGuardCase(onlyUsers(...OVERLAP.names)), OVERLAP)
runsSuite('AWS guard, attached beforehand', () => awsGuardCase(prepared), OVERLAP)
