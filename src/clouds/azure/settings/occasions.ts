import type { Occasions } from '../../../model/interruption.ts'
import {
  DENY_DELETE,
  DENY_WRITE,
  FEATURE_READ,
  FEDERATED_DELETE,
  FEDERATED_READ,
  FEDERATED_WRITE,
  RIGHTS_READ,
  ROLE_DEFINITION_READ,
  ROLE_DELETE,
  ROLE_WRITE,
} from './arm.ts'

import {
  AGENT_SWITCH,
  APP_ROLE_WRITE,
  APPLICATION_READ,
  APPLICATION_WRITE,
  BLUEPRINT_SWITCH,
  DIRECTORY_ROLE_WRITE,
  GRANT_WRITE,
  GROUP_WRITE,
} from './graph.ts'

const APPLICATIONS = 'for credentials of applications'
const IDENTITIES = 'for credentials of managed identities'
const AGENTS = { [AGENT_SWITCH]: 'for agent identities', [BLUEPRINT_SWITCH]: 'for agent blueprints' }

const quarantine: Occasions = {
  read: {
    [FEATURE_READ]: 'to see whether deny assignments can be made',
    [ROLE_DEFINITION_READ]: 'where it has roles that are not Azure’s own',
  },
  cut: {
    [DENY_WRITE]: 'to deny, where roles are taken away otherwise',
    [ROLE_DELETE]: 'where no deny assignment can be made, or the identity could remove it',
  },
  restore: { [DENY_DELETE]: 'where a deny assignment was made', [ROLE_WRITE]: 'where roles were taken away' },
  either: { cut: [DENY_WRITE, ROLE_DELETE], restore: [DENY_DELETE, ROLE_WRITE] },
}

const APP_ROLES = 'where it has app roles'
const GROUPS = 'where it is in groups'
const DIRECTORY_ROLES = 'where it has directory roles'
const GRANTS = 'where it has delegated grants'

const managedIdentity: Occasions = {
  cut: { [APP_ROLE_WRITE]: APP_ROLES, [GROUP_WRITE]: GROUPS },
  restore: { [APP_ROLE_WRITE]: APP_ROLES, [GROUP_WRITE]: GROUPS },
}

const given = {
  [APP_ROLE_WRITE]: APP_ROLES,
  [GROUP_WRITE]: GROUPS,
  [DIRECTORY_ROLE_WRITE]: DIRECTORY_ROLES,
  [GRANT_WRITE]: GRANTS,
}

/** Permissions that an interruption calls on some occasions only, by its id. */
export const OCCASIONS: { readonly [id: string]: Occasions } = {
  'azure.service-principal.quarantine': quarantine,
  'azure.managed-identity.quarantine': quarantine,
  'azure.service-principal.disable': { cut: AGENTS, restore: AGENTS },
  'azure.federated-credential.disable': {
    read: { [APPLICATION_READ]: APPLICATIONS, [FEDERATED_READ]: IDENTITIES, [RIGHTS_READ]: IDENTITIES },
    cut: { [APPLICATION_WRITE]: APPLICATIONS, [FEDERATED_DELETE]: IDENTITIES },
    restore: { [APPLICATION_WRITE]: APPLICATIONS, [FEDERATED_WRITE]: IDENTITIES },
    either: {
      read: [APPLICATION_READ, FEDERATED_READ],
      cut: [APPLICATION_WRITE, FEDERATED_DELETE],
      restore: [APPLICATION_WRITE, FEDERATED_WRITE],
    },
  },
  'azure.service-principal.detach': { cut: given, restore: given },
  'azure.managed-identity.detach': managedIdentity,
}
