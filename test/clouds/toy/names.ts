import { identityId } from '../../../src/model/identity.ts'

/** The id of an identity of the toy, for its inventory and its log. */
export function toyId(kind: string, name: string): string {
  return identityId('toy', 'town', kind, name)
}
