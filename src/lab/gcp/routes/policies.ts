import { judge, type Resource } from '../authorize.ts'
import { invalid } from '../google-error.ts'
import { isRecord, replaced, shown } from '../policy.ts'
import type { Call, Route } from './route.ts'

export interface PolicyOf {
  /** Of the resource's methods, e.g. `iam.projects.serviceAccounts`. */
  id: string
  /** Of the resource. */
  path: string
  /** Of the permissions, e.g. `iam.serviceAccounts`. */
  permission: string
  /** Where the version asked for is: services differ. */
  asked: 'query' | 'body'
  /** By which verb the policy is read; services differ. */
  reads?: 'GET' | 'POST'
  on: (call: Call) => Resource
  /** @throws GoogleError NOT_FOUND */
  key: (call: Call) => string
}

/** getIamPolicy, setIamPolicy and testIamPermissions of a kind of resource. */
export function policyRoutes({
  id,
  path,
  permission,
  asked,
  reads = 'POST',
  on,
  key,
}: PolicyOf): readonly Route[] {
  return [
    {
      id: `${id}.getIamPolicy`,
      verb: reads,
      path: `${path}:getIamPolicy`,
      permissions: [`${permission}.getIamPolicy`],
      resource: on,
      run: call => {
        const { estate } = call.world
        const resource = key(call)
        const answer = shown(resource, estate.policy(resource, call.view), version(call, asked))
        call.world.policyRead(resource)
        return answer
      },
    },
    {
      id: `${id}.setIamPolicy`,
      verb: 'POST',
      path: `${path}:setIamPolicy`,
      permissions: [`${permission}.setIamPolicy`],
      resource: on,
      writes: true,
      run: call => {
        const { estate } = call.world
        const resource = key(call)
        const { policy, updateMask } = call.body
        const next = replaced(estate, resource, estate.policy(resource), policy, updateMask)
        estate.policies.set(resource, next)
        return shown(resource, next, 3)
      },
    },
    {
      id: `${id}.testIamPermissions`,
      verb: 'POST',
      path: `${path}:testIamPermissions`,
      permissions: [],
      run: call => {
        const { permissions = [] } = call.body
        const { world, caller, enforced, now } = call
        if (!Array.isArray(permissions)) throw invalid('Invalid value at permissions.')
        const resource = on(call)
        for (const each of permissions) {
          if (isValidOn(String(each), resource.key)) continue
          throw invalid(`Permission ${each} is not valid for this resource.`)
        }
        const held = permissions.filter((each): each is string => {
          if (typeof each !== 'string' || each.includes('*'))
            throw invalid(`Permission ${each} is not valid.`)
          return (
            caller !== undefined &&
            judge(world.estate, { principal: caller, permission: each, resource, view: enforced, now }) ===
              'granted'
          )
        })
        return held.length > 0 ? { permissions: held } : {}
      },
    },
  ]
}

/** A permission is tested on the types of resource that it counts on, or on one above. */
function isValidOn(permission: string, key: string): boolean {
  if (key.startsWith('serviceAccounts/')) return /^iam\.serviceAccount(s|Keys)\./.test(permission)
  if (permission.startsWith('resourcemanager.organizations.')) return key.startsWith('organizations/')
  return !permission.startsWith('resourcemanager.folders.') || !key.startsWith('projects/')
}

function version({ query, body }: Call, asked: 'query' | 'body'): number {
  const { options } = body
  const given =
    asked === 'query'
      ? query.get('options.requestedPolicyVersion')
      : isRecord(options)
        ? options.requestedPolicyVersion
        : undefined
  const number = Number(given ?? 1)
  if (![0, 1, 3].includes(number)) throw invalid('Requested policy version has to be 0, 1 or 3.')
  return number
}
