import type { Json } from './json.ts'

/** Anything that a cloud lets in. Plain data: it is written to the journal as it is. */
export interface Identity {
  /** One name used everywhere, e.g. `aws:111122223333:access-key/AKIA…` or `aws:111122223333:user/ci-deploy`. */
  id: string
  /** The cloud's own immutable id (AIDA…, AROA…); a restore refuses another uid under the same name. */
  uid: string
  cloud: string
  /** AWS account id, Google project id, Azure tenant id. */
  account: string
  kind: string
  /** The cloud's name for it, without a path. */
  name: string
  /** A credential names the principal that it belongs to, by id. */
  owner?: string
  /** The facts that playbooks select on; the names and types are declared by the kind. */
  facts: Facts
}

/** Facts by name; the kind declares names and types. */
export type Facts = { [name: string]: Json }

/** The id of an identity, from its parts. */
export function identityId(cloud: string, account: string, kind: string, name: string): string {
  return `${cloud}:${account}:${kind}/${name}`
}

/** The parts of an identity's id; the name may itself contain `/` and `:`. */
export function parseIdentityId(id: string): { cloud: string; account: string; kind: string; name: string } {
  const match = /^([^:]+):([^:]*):([^/]+)\/(.*)$/s.exec(id)
  if (!match) throw new TypeError(`not an identity id: ${id}`)
  const [, cloud = '', account = '', kind = '', name = ''] = match
  return { cloud, account, kind, name }
}
