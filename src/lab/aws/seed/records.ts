import { createHash } from 'node:crypto'
import type { InlinePolicies, InstanceAssociation, InstanceProfile, Role, User } from '../store.ts'
import { REGION } from './documents.ts'
import { idOf, keyOf, secretOf } from './ids.ts'
import type { Inline, RoleSpec, UserSpec } from './spec.ts'

const DAY = 86_400_000

/** Times relative to the seed's now, to the second as IAM keeps them. */
export class Calendar {
  readonly #now: number

  /** @throws RangeError when `now` is no date */
  constructor(now: string) {
    this.#now = Date.parse(now)
    if (Number.isNaN(this.#now)) throw new RangeError(`not a date: ${now}`)
  }

  /** So many days ago; a negative number is in the future. */
  ago(days: number): string {
    return new Date(this.#now - days * DAY).toISOString().replace(/\.\d+Z$/, 'Z')
  }

  /** A last use; "0 days ago" is an hour ago. */
  used(days: number): string {
    return this.ago(Math.max(days, 1 / 24))
  }
}

export function userOf(spec: UserSpec, account: string, calendar: Calendar): User {
  const { name, path = '/', age = 365 } = spec
  const created = calendar.ago(age)
  return {
    name,
    path,
    id: idOf('AIDA', name),
    created,
    tags: { ...spec.tags },
    inline: inlineOf(spec.inline ?? {}),
    attached: [...(spec.attached ?? [])],
    groups: [...(spec.groups ?? [])],
    ...(spec.boundary === undefined ? {} : { boundary: spec.boundary }),
    accessKeys: (spec.keys ?? []).map((key, index) => {
      const id = keyOf(name, index + 1)
      return {
        id,
        secret: secretOf(id),
        status: key.status ?? 'Active',
        created: calendar.ago(key.age),
        ...(key.used === undefined
          ? {}
          : { lastUsed: { at: calendar.used(key.used), region: REGION, service: key.service ?? 's3' } }),
      }
    }),
    serviceCredentials: (spec.credentials ?? []).map(({ service, status = 'Active', expires }, index) => ({
      id: idOf('ACCA', `${name}/${index}`),
      service,
      status,
      created,
      ...(expires === undefined ? {} : { expires: calendar.ago(-expires) }),
      userName: `${name}${index === 0 ? '' : `+${index}`}-at-${account}`,
    })),
    certificates: (spec.certificates ?? []).map((status, index) => ({
      // IAM's certificate ids have at least 24 characters.
      id: idOf('ASCA', `${name}/${index}`, 20),
      body: pem('CERTIFICATE', `${name}/${index}`),
      status,
      created,
    })),
    sshKeys: (spec.sshKeys ?? []).map((status, index) => ({
      id: idOf('APKA', `${name}/${index}`),
      fingerprint: hash('md5', `${name}/${index}`)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:'),
      body: `ssh-rsa ${filler(`${name}/${index}`, 279)} ${name}`,
      status,
      created,
    })),
    ...(spec.password === undefined
      ? {}
      : {
          login: {
            created,
            ...(spec.password.used === undefined ? {} : { lastUsed: calendar.used(spec.password.used) }),
          },
        }),
    mfa: spec.mfa ? [`arn:aws:iam::${account}:mfa/${name}`] : [],
  }
}

export function roleOf(spec: RoleSpec, calendar: Calendar): Role {
  const { name, path = '/', age = 365 } = spec
  return {
    name,
    path,
    id: idOf('AROA', name),
    created: calendar.ago(age),
    tags: { ...spec.tags },
    inline: inlineOf(spec.inline ?? {}),
    attached: [...(spec.attached ?? [])],
    ...(spec.boundary === undefined ? {} : { boundary: spec.boundary }),
    trust: JSON.stringify(spec.trust),
    ...(spec.description === undefined ? {} : { description: spec.description }),
    maxSessionSeconds: spec.maxSession ?? 3600,
    ...(spec.used === undefined ? {} : { lastUsed: { at: calendar.used(spec.used), region: REGION } }),
  }
}

/** Documents as text, with the white space that people leave in them: it must come back to the letter. */
export function inlineOf(inline: Inline): InlinePolicies {
  return Object.fromEntries(
    Object.entries(inline).map(([name, document]) => [name, JSON.stringify(document, null, 2)]),
  )
}

/** An instance profile for each role that has instances, of the same name. */
export function profilesOf(roles: readonly RoleSpec[], calendar: Calendar): InstanceProfile[] {
  return roles
    .filter(({ instances }) => instances !== undefined)
    .map(({ name, path = '/', age = 365 }) => ({
      name,
      path,
      id: idOf('AIPA', name),
      created: calendar.ago(age),
      role: name,
    }))
}

export function associationsOf(roles: readonly RoleSpec[], calendar: Calendar): InstanceAssociation[] {
  return roles.flatMap(({ name, instances = [] }) =>
    instances.map(instance => ({
      id: `iip-assoc-${hash('sha256', instance).toString('hex').slice(0, 17)}`,
      region: REGION,
      instance,
      profile: name,
      created: calendar.ago(30),
    })),
  )
}

function pem(label: string, name: string): string {
  const lines = filler(name, 640).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** So many bytes in Base64, the same for the same name. */
function filler(name: string, size: number): string {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, index) =>
    hash('sha256', `${name}/${index}`),
  )
  return Buffer.concat(blocks).subarray(0, size).toString('base64')
}

function hash(algorithm: string, text: string): Buffer {
  return createHash(algorithm).update(text).digest()
}
