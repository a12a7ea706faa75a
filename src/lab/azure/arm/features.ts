import { Problem } from '../wire.ts'
import type { ArmRoute } from './route.ts'

/** Preview features that a subscription may have registered, by namespace and name. */
const FEATURES: { readonly [name: string]: 'denyAssignments' } = {
  'Microsoft.Authorization/UserAssignedDenyAssignment': 'denyAssignments',
}

/** Microsoft.Features ("Features - Get"). */
export const features: readonly ArmRoute[] = [
  {
    method: 'GET',
    pattern:
      /^(?<scope>\/subscriptions\/[^/]+)\/providers\/Microsoft\.Features\/providers\/(?<namespace>[^/]+)\/features\/(?<name>[^/]+)$/i,
    action: 'Microsoft.Features/providers/features/read',
    versions: /^2021-07-01$/,
    run: ({ estate, params, path }) => {
      const asked = `${params['namespace']}/${params['name']}`.toLowerCase()
      const name = Object.keys(FEATURES).find(each => each.toLowerCase() === asked)
      const known = name === undefined ? undefined : FEATURES[name]
      if (name === undefined || known === undefined) {
        throw new Problem(404, 'FeatureNotFound', `The feature '${params['name']}' could not be found.`)
      }
      const registered = estate.fixed.switches[known]
      const [, , subscription = ''] = path.toLowerCase().split('/')
      const isRegistered = Array.isArray(registered) ? registered.includes(subscription) : registered
      return {
        body: {
          id: path,
          name,
          type: 'Microsoft.Features/providers/features',
          properties: { state: isRegistered ? 'Registered' : 'NotRegistered' },
        },
      }
    },
  },
]
