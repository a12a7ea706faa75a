import { ACCOUNT } from '../../src/lab/aws/seed/ids.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { openAws } from './aws-range.ts'
import { interruption } from './aws-subjects.ts'
import { contractSuite } from './suite.ts'

const trusted = `"Principal" : { "AWS" : "arn:aws:iam::${ACCOUNT}:root" }, "Action" : "sts:AssumeRole"`
/** Forms that people and tools give a trust policy; the snapshot of the lab compares the text. */
const TEXTS: { [role: string]: string } = {
  'vendor-sync': `{\n  "Version": "2012-10-17",\n  "Statement": { "Effect": "Allow", ${trusted} }\n}`,
  'web-frontend': `{"Statement":[\n\n{"Effect":"Allow",${trusted}}\n , {"Effect":"Deny",${trusted}}],"Version":"2008-10-17"}\n`,
  'payments-api': `{ "Id" : "%41\\u0041", "Statement" : [ { "Effect" : "Allow", ${trusted} } ] }`,
}

function odd(estate: Estate): void {
  for (const role of estate.accounts[0]?.roles ?? []) role.trust = TEXTS[role.name] ?? role.trust
}

contractSuite('AWS with trust policies of odd forms', () => openAws(odd), [
  { interruption: interruption('aws.role.disable'), names: Object.keys(TEXTS) },
])
