import type {
  Application,
  FederatedCredential,
  Group,
  KeyCredential,
  PasswordCredential,
  ServicePrincipal,
  User,
} from '../store.ts'
import { certificateOf, thumbprint } from './certificate.ts'
import {
  appId,
  DOMAIN,
  EXCHANGE_AUDIENCE,
  guid,
  MICROSOFT_TENANT,
  objectId,
  secretOf,
  TENANT,
} from './ids.ts'
import { graphRoles } from './permissions.ts'
import { principals } from './principals.ts'
import type { PrincipalSpec } from './spec.ts'

const DAY = 86_400_000

/** Makes records of the tables. `at`: the moment that ages are counted from. */
export class Directory {
  readonly #at: number

  constructor(at: string) {
    this.#at = Date.parse(at)
  }

  daysFrom(days: number): string {
    return new Date(this.#at + days * DAY).toISOString()
  }

  servicePrincipals(): ServicePrincipal[] {
    return principals.map(spec => this.#principal(spec))
  }

  applications(): Application[] {
    return principals.flatMap(spec => (registered(spec) ? [this.#application(spec)] : []))
  }

  federatedCredentials(): FederatedCredential[] {
    return principals.flatMap(spec =>
      (spec.federated ?? []).map(({ name, issuer, subject, expression }) => ({
        id: guid(`federated ${spec.name}/${name}`),
        application: guid(`application ${spec.name}`),
        name,
        issuer,
        subject: subject ?? null,
        audiences: [EXCHANGE_AUDIENCE],
        description: name === 'docs-main' ? 'the documentation, from its main branch' : null,
        claimsMatchingExpression: expression === undefined ? null : { value: expression, languageVersion: 1 },
      })),
    )
  }

  groups(): Group[] {
    const members = (group: string) =>
      principals.filter(({ groups = [] }) => groups.includes(group)).map(({ name }) => objectId(name))
    const named = (displayName: string, more: Partial<Group>): Group => ({
      id: groupId(displayName),
      displayName,
      groupTypes: [],
      securityEnabled: true,
      isAssignableToRole: null,
      membershipRule: null,
      onPremisesSyncEnabled: null,
      members: [],
      ...more,
    })
    return [
      named('sg-readers', { members: [...members('sg-readers'), userId('dana')] }),
      named('sg-everything', {
        groupTypes: ['DynamicMembership'],
        membershipRule: '(servicePrincipal.displayName -startsWith "Mail")',
        members: [objectId('mail-insights')],
      }),
      named('sg-role-admins', { isAssignableToRole: true, members: [objectId('iac-pipeline')] }),
      named('sg-on-premises', { onPremisesSyncEnabled: true, members: [objectId('billing-export')] }),
    ]
  }

  users(): User[] {
    return ['dana', 'mallory', 'emergency'].map(name => ({
      id: userId(name),
      displayName: name === 'emergency' ? 'Emergency Access' : name,
      userPrincipalName: `${name}@${DOMAIN}`,
      accountEnabled: true,
      onPremisesSyncEnabled: null,
    }))
  }

  #principal(spec: PrincipalSpec): ServicePrincipal {
    const { name, kind = 'app', resource } = spec
    const type = TYPES[kind]
    return {
      id: objectId(name),
      appId: appIdOf(spec),
      displayName: spec.displayName ?? name,
      ...(kind === 'agent'
        ? { '@odata.type': '#microsoft.graph.agentIdentity', createdDateTime: this.daysFrom(-60) }
        : {}),
      ...(kind === 'blueprint' ? { '@odata.type': '#microsoft.graph.agentIdentityBlueprintPrincipal' } : {}),
      ...(spec.blueprint === undefined ? {} : { agentIdentityBlueprintId: appId(spec.blueprint) }),
      servicePrincipalType: type,
      accountEnabled: spec.disabled !== true,
      isDisabled: spec.deactivated === true ? true : null,
      disabledByMicrosoftStatus: spec.violation === true ? 'DisabledDueToViolationOfServicesAgreement' : null,
      appOwnerOrganizationId: ownerOf(spec),
      appRoleAssignmentRequired: false,
      alternativeNames:
        resource === undefined ? [] : [`isExplicit=${resource.explicit ? 'True' : 'False'}`, resource.id],
      appRoles: name === 'Microsoft Graph' ? graphRoles : [],
      keyCredentials: this.#certificates(spec, 'principal'),
      passwordCredentials: (spec.principalSecrets ?? []).map(each => this.#secret(name, each)),
      servicePrincipalNames: [appIdOf(spec)],
      signInAudience: kind === 'managed' ? null : (spec.audience ?? 'AzureADMyOrg'),
      tags: [...(spec.tags ?? []), ...(kind === 'app' ? ['WindowsAzureActiveDirectoryIntegratedApp'] : [])],
      notes: null,
      owners: this.#owners(spec),
    }
  }

  #application(spec: PrincipalSpec): Application {
    const { name, kind } = spec
    return {
      id: guid(`application ${name}`),
      appId: appIdOf(spec),
      displayName: spec.displayName ?? name,
      ...(kind === 'blueprint' ? { '@odata.type': '#microsoft.graph.agentIdentityBlueprint' } : {}),
      createdDateTime: this.daysFrom(-400),
      signInAudience: spec.audience ?? 'AzureADMyOrg',
      isDisabled: spec.deactivated === true ? true : null,
      disabledByMicrosoftStatus: null,
      keyCredentials: this.#certificates(spec, 'application'),
      passwordCredentials: (spec.secrets ?? []).map(each => this.#secret(name, each)),
      tags: [...(spec.tags ?? [])],
      notes: null,
      uniqueName: null,
      publisherDomain: DOMAIN,
      owners: this.#owners(spec),
    }
  }

  #owners({ owners = [] }: PrincipalSpec): string[] {
    return owners.map(owner => (owner.includes('@') ? userId(owner.split('@')[0] ?? '') : objectId(owner)))
  }

  #secret(name: string, which: string): PasswordCredential {
    const secretText = secretOf(`${name}/${which}`)
    return {
      keyId: guid(`secret ${name}/${which}`),
      displayName: which,
      hint: secretText.slice(0, 3),
      startDateTime: this.daysFrom(-90),
      endDateTime: this.daysFrom(3650),
      secretText,
    }
  }

  #certificates({ certificates = [] }: PrincipalSpec, on: 'principal' | 'application'): KeyCredential[] {
    return certificates
      .filter(each => (each.on ?? 'application') === on)
      .map(({ name, usage, hidden, expired }) => {
        const start = this.daysFrom(-100)
        const end = this.daysFrom(expired === true ? -10 : 700)
        const der = certificateOf(name, start, end)
        return {
          keyId: guid(`certificate ${name}`),
          type: 'AsymmetricX509Cert',
          usage: usage ?? 'Verify',
          displayName: `CN=${name}`,
          startDateTime: start,
          endDateTime: end,
          customKeyIdentifier: thumbprint(der),
          key: hidden === true ? null : der.toString('base64'),
        }
      })
  }
}

const TYPES = {
  app: 'Application',
  'third-party': 'Application',
  'first-party': 'Application',
  blueprint: 'Application',
  managed: 'ManagedIdentity',
  agent: 'ServiceIdentity',
  legacy: 'Legacy',
} as const

/** Whether its application is registered in this tenant. */
function registered({ kind = 'app' }: PrincipalSpec): boolean {
  return kind === 'app' || kind === 'blueprint'
}

function ownerOf({ kind = 'app', home }: PrincipalSpec): string | null {
  if (kind === 'first-party') return MICROSOFT_TENANT
  if (kind === 'managed' || kind === 'legacy') return null
  return home ?? TENANT
}

/** An agent's client id is its object id. */
export function appIdOf({ name, kind, appId: fixed }: PrincipalSpec): string {
  return fixed ?? (kind === 'agent' ? objectId(name) : appId(name))
}

export function userId(name: string): string {
  return guid(`user ${name}`)
}

export function groupId(name: string): string {
  return guid(`group ${name}`)
}
