import { interruptions } from '../../src/clouds/gcp/interruptions/index.ts'
import type { GcpEstate } from '../../src/lab/gcp/index.ts'
import { RESPONDER_ROLE } from '../../src/lab/gcp/seed/policies.ts'
import { capabilitySuite } from './capability-suite.ts'
import { type GcpRange, openGcp } from './gcp-range.ts'
import { SUBJECTS } from './gcp-subjects.ts'

const DENY = ['get', 'list', 'create', 'update', 'delete'].map(verb => `iam.denypolicies.${verb}`)

/** The responder's role with what it has of roles/iam.denyAdmin in it, so that single ones can be taken away. */
function narrow(estate: GcpEstate, keep: (permission: string) => boolean): void {
  const role = estate.customRoles.find(({ name }) => name === RESPONDER_ROLE)
  if (role === undefined) throw new Error('no role of the responder')
  role.permissions = [...new Set([...role.permissions, ...DENY])].filter(keep)
  for (const { bindings } of Object.values(estate.policies)) {
    for (const binding of bindings) {
      if (binding.role !== 'roles/iam.denyAdmin') continue
      binding.members = binding.members.filter(member => !member.includes('incident-response'))
    }
  }
}

capabilitySuite<GcpEstate>({
  cloud: 'Google Cloud',
  interruptions,
  subjects: SUBJECTS,
  open: prepare => openGcp(prepare),
  estateOf: range => (range as GcpRange).cloud.estate() as GcpEstate,
  take: (estate, permission) => narrow(estate, each => each !== permission),
  readOnly: estate => narrow(estate, each => /\.(get|list|getIamPolicy|searchAllIamPolicies)$/.test(each)),
  // A project cannot be entered without it.
  kept: new Set(['resourcemanager.projects.get']),
})
