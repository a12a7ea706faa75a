import { awsLab, type Estate } from '../../src/lab/aws/index.ts'
import { MEMBER_VENDOR, type MemberOptions, memberEstate } from '../../src/lab/aws/seed/index.ts'
import { type AwsCase, awsCase } from './aws.ts'

/** Stops the vendor's role in every account that it is given. */
export const VENDOR_PLAYBOOK = `version: 1
name: stop-vendor-everywhere
title: Stop the vendor's role in every account
status: test
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 600, share: 1 }
ttl: 1h
steps:
  - name: the vendor's role
    select: identity.kind == "role" && identity.name == "${MEMBER_VENDOR}"
    interrupt: [quarantine]
`

/** The lab's organization with member accounts; `change` sees the estate before it opens. */
export function memberCase(
  options: MemberOptions,
  change: (estate: Estate) => void = () => undefined,
): AwsCase {
  const lab = awsLab(() => {
    const estate = memberEstate(new Date().toISOString(), options)
    change(estate)
    return estate
  })
  return {
    ...awsCase(),
    lab,
    playbook: VENDOR_PLAYBOOK,
    changes: options.accounts,
    fresh: () => memberCase(options, change),
    estate: () => lab.estate(),
    contained: () => false,
    async environment(endpoint) {
      const { accessKeyId, secretAccessKey, sessionToken = '' } = lab.responder
      return {
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      }
    },
  }
}
