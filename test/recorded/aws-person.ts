import type { Account } from './aws-account.ts'
import type { Entity } from './aws-entities.ts'
import { guessOfRole, guessOfUser } from './aws-guess.ts'
import { type Line, reportLines } from './aws-report.ts'
import { trustIn } from './aws-trust.ts'
import { list, type Members, text, texts } from './recordings.ts'

/** The recorded answers as a person reads them. Nothing here uses the code that is tested. */

export interface Expected {
  id: string
  uid: string
  cloud: string
  account: string
  kind: string
  name: string
  owner?: string
  facts: { [name: string]: unknown }
}

/** @param now milliseconds since 1970, for ages */
export function identitiesIn(account: Account, now: number): Expected[] {
  const lines = reportLines(text(account.report?.value, 'Content'))
  const services = account.services.value
  const found: Expected[] = []
  const made = (kind: string, name: string, uid: string, facts: Expected['facts'], user?: string) => {
    const id = `aws:${account.id}:${kind}/${name}`
    const owner = user === undefined ? {} : { owner: `aws:${account.id}:user/${user}` }
    found.push({ id, uid, cloud: 'aws', account: account.id, kind, name, ...owner, facts })
  }
  for (const [name, role] of account.roles) {
    made('role', name, text(role.self.value, 'RoleId') ?? '', roleFacts(name, role, now))
  }
  for (const [name, user] of account.users) {
    const line = lines?.get(name)
    const bearer = services.some(each => text(each, 'UserName') === name && text(each, 'Status') === 'Active')
    made('user', name, text(user.self.value, 'UserId') ?? '', userFacts(name, user, line, bearer, now))
    for (const key of user.keys?.value ?? []) {
      const id = text(key, 'AccessKeyId') ?? ''
      made('access-key', id, id, { ...ownedFacts(key, 'CreateDate', name), ...keyUse(key, line, now) }, name)
    }
    for (const key of user.sshKeys?.value ?? []) {
      const id = text(key, 'SSHPublicKeyId') ?? ''
      made('ssh-key', id, id, ownedFacts(key, 'UploadDate', name), name)
    }
    for (const each of user.certificates?.value ?? []) {
      const id = text(each, 'CertificateId') ?? ''
      made('signing-certificate', id, id, ownedFacts(each, 'UploadDate', name), name)
    }
  }
  for (const each of services) {
    const [id = '', user = ''] = [text(each, 'ServiceSpecificCredentialId'), text(each, 'UserName')]
    const more = { service: text(each, 'ServiceName') ?? '', status: text(each, 'Status') }
    made('service-credential', id, id, { ...ownedFacts(each, 'CreateDate', user), ...more }, user)
  }
  for (const [arn, { value }] of account.providers) {
    const name = arn.split(':oidc-provider/')[1] ?? ''
    const trusting = [...account.roles].filter(([, role]) =>
      trustIn(text(role.self.value, 'AssumeRolePolicyDocument')).oidc.some(({ issuer }) => issuer === name),
    )
    const audiences = texts(value, 'ClientIDList')
    made('oidc-provider', name, arn, {
      ...common(value, audiences.length > 0),
      issuer: text(value, 'Url'),
      audiences,
      thumbprints: texts(value, 'ThumbprintList'),
      roles: trusting.map(([role]) => role),
    })
  }
  return found
}

function common(of: Members, enabled: boolean, created = 'CreateDate'): Expected['facts'] {
  const made = text(of, created)
  return {
    path: text(of, 'Path') ?? '/',
    tags: Object.fromEntries(list(of, 'Tags').map(tag => [tag['Key'], tag['Value']])),
    enabled,
    ...(made === undefined ? {} : { created: instant(made) }),
  }
}

function ownedFacts(of: Members, created: string, user: string): Expected['facts'] {
  // Credentials have neither a path nor tags of their own.
  return { ...common({ [created]: of[created] }, text(of, 'Status') === 'Active', created), user }
}

function instant(time: string): string {
  return new Date(time).toISOString()
}

function use(last: string | undefined, created: string | undefined, now: number): Expected['facts'] {
  const since = last ?? created
  const days = since === undefined ? undefined : Math.floor((now - new Date(since).getTime()) / 86_400_000)
  return {
    neverUsed: last === undefined,
    lastUsed: last === undefined ? null : instant(last),
    ...(days === undefined ? {} : { unusedDays: days < 0 ? 0 : days }),
  }
}

/** The report has no ids of keys: the line of a key is the one with its moment of creation. */
function keyUse(key: Members, line: Line | undefined, now: number): Expected['facts'] {
  const created = text(key, 'CreateDate')
  const slot = line?.keys.find(each => created !== undefined && each.rotated === instant(created))
  if (!slot) return {}
  return {
    ...use(slot.used, created, now),
    ...(slot.service === undefined ? {} : { lastUsedService: slot.service }),
    ...(slot.region === undefined ? {} : { lastUsedRegion: slot.region }),
  }
}

function grants({ self, attached, inline, groups }: Entity): Expected['facts'] {
  const managed = (attached?.value ?? []).map(each => text(each, 'PolicyArn') ?? '')
  const boundary = self.value['PermissionsBoundary'] as Members | undefined
  return {
    grants: {
      managed,
      inline: inline?.value ?? [],
      groups: (groups?.value ?? []).map(each => text(each, 'GroupName')),
      boundary: text(boundary, 'PermissionsBoundaryArn') ?? '',
    },
    awsQuarantine: managed
      .map(arn => arn.split('/').at(-1) ?? '')
      .filter(name => name.startsWith('AWSCompromisedKeyQuarantine')),
  }
}

function userFacts(name: string, user: Entity, line: Line | undefined, bearer: boolean, now: number) {
  const { value } = user.self
  const keys = (user.keys?.value ?? []).map(each => text(each, 'AccessKeyId') ?? '')
  const lastKey = line?.keys
    .flatMap(({ used }) => used ?? [])
    .sort()
    .at(-1)
  const last = [lastKey, line?.passwordUsed]
    .flatMap(each => each ?? [])
    .sort()
    .at(-1)
  const facts = common(value, true)
  return {
    ...facts,
    ...(line ? use(last, text(value, 'CreateDate'), now) : {}),
    ...grants(user),
    reserved: '',
    keys,
    ...(line ? { password: line.password, mfa: line.mfa } : {}),
    human: guessOfUser({
      name,
      path: String(facts['path']),
      tags: facts['tags'] as Members,
      line,
      hasKeys: (user.keys?.value ?? []).some(each => text(each, 'Status') === 'Active'),
      certificate: (user.certificates?.value ?? []).length > 0,
      lastKey,
      bearer,
      now,
    }),
  }
}

function roleFacts(name: string, role: Entity, now: number): Expected['facts'] {
  const { value } = role.self
  const facts = common(value, true)
  const path = String(facts['path'])
  const { mfa, ...trust } = trustIn(text(value, 'AssumeRolePolicyDocument'))
  const last = text(value['RoleLastUsed'] as Members | undefined, 'LastUsedDate')
  return {
    ...facts,
    ...use(last, text(value, 'CreateDate'), now),
    ...grants(role),
    reserved: path.startsWith('/aws-service-role/')
      ? 'service-linked'
      : path.startsWith('/aws-reserved/')
        ? 'sso'
        : '',
    trust,
    instanceProfiles: (role.profiles?.value ?? []).flatMap(each => text(each, 'Arn') ?? []),
    human: guessOfRole({ name, path, tags: facts['tags'] as Members, trust: { ...trust, mfa } }),
  }
}
