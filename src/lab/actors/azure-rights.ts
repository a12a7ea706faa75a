import type { AzureCloud } from './azure-credentials.ts'
import { IN_TOKEN, type Round } from './fight.ts'
import { Hand } from './hand.ts'

/** The principal that somebody fights for. */
export interface Target {
  /** Object id of the service principal. */
  principal: string
  /** Client id of the application, where it is registered in this tenant. */
  application: string | undefined
  /** The subscription in which it has its rights. */
  scope: string
  /** Its tokens name groups, by which it may read. */
  inGroups: boolean
}

interface RoleAssignment {
  /** Full id, from the scope on. */
  id: string
  properties: { [member: string]: unknown }
}

interface AppRole {
  resourceId: string
  appRoleId: string
}

/** A photograph of a thief's principal before the containment, which the thief wants back. */
export interface Photograph {
  target: Target
  appRoles: readonly AppRole[]
  roles: readonly RoleAssignment[]
  /** Ids of deny assignments that were there. */
  denials: ReadonlySet<string>
}

/** Tokens of one identity, by what they are for; the likeliest first. */
export interface Tokens {
  graph: readonly string[]
  arm: readonly string[]
}

const ROLES = '/providers/Microsoft.Authorization/roleAssignments'
const DENIALS = '/providers/Microsoft.Authorization/denyAssignments'
const ROLES_AT = 'api-version=2022-04-01'
const DENIALS_AT = 'api-version=2024-07-01-preview'

/** Directory and role rights of Azure, as a thief uses them on the principal that it has taken over. */
export class AzureRights {
  readonly #cloud: AzureCloud

  constructor(cloud: AzureCloud) {
    this.#cloud = cloud
  }

  /** How the principal is now. @throws errors of the services */
  async photograph(graph: string, arm: string, target: Target): Promise<Photograph> {
    const denials = await this.#denials(arm, target)
    return {
      target,
      appRoles: await this.#appRoles(graph, target),
      roles: await this.#roles(arm, target),
      denials: new Set(denials),
    }
  }

  /** Undoes in one round every difference from the photograph, by the first token that each read is accepted with. */
  async undo(
    round: Round,
    tokens: Tokens,
    start: Photograph,
    { helper }: { helper: boolean },
  ): Promise<void> {
    const graph = new Hand(round, tokens.graph, helper)
    const arm = new Hand(round, tokens.arm, helper)
    await round.each(
      [
        () => this.#enablePrincipal(graph, start),
        () => this.#enableApplication(graph, start),
        () => this.#undoAppRoles(graph, start),
        () => this.#undoDenials(arm, start),
        () => this.#undoRoles(arm, start),
      ],
      work => work(),
    )
  }

  async #enablePrincipal(by: Hand<string>, { target }: Photograph): Promise<void> {
    const path = `/v1.0/servicePrincipals/${target.principal}`
    const found = await by.first(`${IN_TOKEN}Graph, read the principal`, token =>
      this.#cloud.call(token, 'GET', path),
    )
    if (found?.answer['accountEnabled'] !== false) return
    await by.undo(`${IN_TOKEN}Graph, enable the principal`, 'accountEnabled', () =>
      this.#cloud.call(found.with, 'PATCH', path, { accountEnabled: true }),
    )
  }

  async #enableApplication(by: Hand<string>, { target }: Photograph): Promise<void> {
    if (target.application === undefined) return
    const path = `/v1.0/applications(appId='${target.application}')`
    const found = await by.first(`${IN_TOKEN}Graph, read the application`, token =>
      this.#cloud.call(token, 'GET', path),
    )
    if (found?.answer['isDisabled'] !== true) return
    await by.undo(`${IN_TOKEN}Graph, activate the application`, 'isDisabled', () =>
      this.#cloud.call(found.with, 'PATCH', path, { isDisabled: false }),
    )
  }

  async #undoAppRoles(by: Hand<string>, { target, appRoles }: Photograph): Promise<void> {
    const found = await by.first(`${IN_TOKEN}Graph, list the app roles`, token =>
      this.#appRoles(token, target),
    )
    if (!found) return
    const { principal: principalId } = target
    const path = `/v1.0/servicePrincipals/${principalId}/appRoleAssignments`
    const missing = appRoles.filter(
      role =>
        !found.answer.some(
          ({ resourceId, appRoleId }) => resourceId === role.resourceId && appRoleId === role.appRoleId,
        ),
    )
    await by.round.each(missing, role =>
      by.undo(`${IN_TOKEN}Graph, assign the app role`, `app-role/${role.appRoleId}`, () =>
        this.#cloud.call(found.with, 'POST', path, { principalId, ...role }),
      ),
    )
  }

  async #undoDenials(by: Hand<string>, { target, denials }: Photograph): Promise<void> {
    const found = await by.first(`${listing(target)}list the deny assignments`, token =>
      this.#denials(token, target),
    )
    if (!found) return
    const foreign = found.answer.filter(id => !denials.has(id))
    await by.round.each(foreign, id =>
      by.undo('ARM, delete the deny assignment', `deny-assignment/${id.split('/').at(-1)}`, () =>
        this.#cloud.call(found.with, 'DELETE', `${id}?${DENIALS_AT}`),
      ),
    )
  }

  async #undoRoles(by: Hand<string>, { target, roles }: Photograph): Promise<void> {
    const found = await by.first(`${listing(target)}list the role assignments`, token =>
      this.#roles(token, target),
    )
    if (!found) return
    const missing = roles.filter(({ id }) => !found.answer.some(each => each.id === id))
    await by.round.each(missing, ({ id, properties }) =>
      by.undo('ARM, write the role assignment', `role/${id.split('/').at(-1)}`, () =>
        this.#cloud.call(found.with, 'PUT', `${id}?${ROLES_AT}`, { properties: written(properties) }),
      ),
    )
  }

  async #appRoles(token: string, { principal }: Target): Promise<AppRole[]> {
    const answer = await this.#cloud.call(
      token,
      'GET',
      `/v1.0/servicePrincipals/${principal}/appRoleAssignments?$top=999`,
    )
    return valuesIn(answer).map(({ resourceId, appRoleId }) => ({
      resourceId: String(resourceId),
      appRoleId: String(appRoleId),
    }))
  }

  async #roles(token: string, { principal, scope }: Target): Promise<RoleAssignment[]> {
    const filter = `$filter=${encodeURIComponent(`principalId eq '${principal}'`)}`
    const answer = await this.#cloud.call(token, 'GET', `${scope}${ROLES}?${ROLES_AT}&${filter}`)
    return valuesIn(answer).map(({ id, properties }) => ({
      id: String(id),
      properties: { ...(properties as { [member: string]: unknown }) },
    }))
  }

  async #denials(token: string, { principal, scope }: Target): Promise<string[]> {
    const filter = `$filter=${encodeURIComponent(`principalId eq '${principal}'`)}`
    const answer = await this.#cloud.call(token, 'GET', `${scope}${DENIALS}?${DENIALS_AT}&${filter}`)
    return valuesIn(answer).map(({ id }) => String(id))
  }
}

/** A list that a group in the token allows says nothing about the roles of the principal. */
function listing({ inGroups }: Target): string {
  return `${inGroups ? IN_TOKEN : ''}ARM, `
}

/** The members that a new assignment takes from an old one. */
function written(properties: RoleAssignment['properties']): { [member: string]: unknown } {
  const taken = [
    'roleDefinitionId',
    'principalId',
    'principalType',
    'condition',
    'conditionVersion',
    'description',
  ]
  return Object.fromEntries(
    taken.filter(name => typeof properties[name] === 'string').map(name => [name, properties[name]]),
  )
}

function valuesIn({ value }: { [member: string]: unknown }): { [member: string]: unknown }[] {
  return Array.isArray(value) ? value : []
}
