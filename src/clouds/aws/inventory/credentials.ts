import { toFault } from '../../../model/fault.ts'
import type { Facts, Identity } from '../../../model/identity.ts'
import type { CredentialGap } from '../../../model/provider.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type {
  AccessKeyMetadata,
  AwsClient,
  ServiceSpecificCredentialMetadata,
  SigningCertificate,
  SSHPublicKeyMetadata,
} from '../client.ts'
import { iamPages } from '../http/pages.ts'
import { awsId } from '../names.ts'
import { common, type Use } from './principals.ts'
import type { Reported } from './report.ts'

function credential(account: string, kind: string, id: string, user: string, facts: Facts): Identity {
  return {
    id: awsId(account, kind, id),
    uid: id,
    cloud: 'aws',
    account,
    kind,
    name: id,
    owner: awsId(account, 'user', user),
    facts: { ...facts, user },
  }
}

export function accessKeyIdentity(
  account: string,
  user: string,
  key: AccessKeyMetadata,
  reported: Reported | undefined,
  now: number,
): Identity {
  // The report has no key ids; a key is known in it by the second it was made.
  const made = second(key.CreateDate)
  const line = reported?.keys.find(({ created }) => second(created) === made)
  const used: Use = line ? { last: line.lastUsed } : 'unknown'
  return credential(account, 'access-key', key.AccessKeyId ?? '', user, {
    ...common({ created: key.CreateDate, enabled: key.Status === 'Active', used }, now),
    ...(line?.service === undefined ? {} : { lastUsedService: line.service }),
    ...(line?.region === undefined ? {} : { lastUsedRegion: line.region }),
  })
}

function second(time: Date | string | undefined): number | undefined {
  return time === undefined || time === '' ? undefined : Math.floor(new Date(time).getTime() / 1000)
}

export function serviceCredentialIdentity(
  account: string,
  each: ServiceSpecificCredentialMetadata,
  now: number,
): Identity {
  const { ServiceSpecificCredentialId: id = '', UserName: user = '', Status = 'Inactive' } = each
  return credential(account, 'service-credential', id, user, {
    ...common({ created: each.CreateDate, enabled: Status === 'Active', used: 'unknown' }, now),
    service: each.ServiceName ?? '',
    status: Status,
    ...(each.ExpirationDate ? { expires: each.ExpirationDate.toISOString() } : {}),
  })
}

export function certificateIdentity(
  account: string,
  user: string,
  each: SigningCertificate,
  now: number,
): Identity {
  return credential(account, 'signing-certificate', each.CertificateId ?? '', user, {
    ...common({ created: each.UploadDate, enabled: each.Status === 'Active', used: 'unknown' }, now),
  })
}

export function sshKeyIdentity(
  account: string,
  user: string,
  each: SSHPublicKeyMetadata,
  now: number,
): Identity {
  return credential(account, 'ssh-key', each.SSHPublicKeyId ?? '', user, {
    ...common({ created: each.UploadDate, enabled: each.Status === 'Active', used: 'unknown' }, now),
  })
}

export function listAccessKeys(client: AwsClient, UserName: string): Promise<AccessKeyMetadata[]> {
  return iamPages(
    Marker => client.iam('ListAccessKeys', { UserName, ...Marker }),
    ({ AccessKeyMetadata }) => AccessKeyMetadata,
  )
}

export function listCertificates(client: AwsClient, UserName: string): Promise<SigningCertificate[]> {
  return iamPages(
    Marker => client.iam('ListSigningCertificates', { UserName, ...Marker }),
    ({ Certificates }) => Certificates,
  )
}

export function listSshKeys(client: AwsClient, UserName: string): Promise<SSHPublicKeyMetadata[]> {
  return iamPages(
    Marker => client.iam('ListSSHPublicKeys', { UserName, ...Marker }),
    ({ SSHPublicKeys }) => SSHPublicKeys,
  )
}

/** Of one user, or of all; the SDK has no paginator for it. */
export function listServiceCredentials(
  client: AwsClient,
  of: { UserName: string } | { AllUsers: true; ServiceName?: string },
): Promise<ServiceSpecificCredentialMetadata[]> {
  return iamPages(
    Marker => client.iam('ListServiceSpecificCredentials', { ...of, ...Marker }),
    ({ ServiceSpecificCredentials }) => ServiceSpecificCredentials,
  )
}

/** Of some users. */
export async function listServiceCredentialsOf(
  client: AwsClient,
  users: readonly { UserName?: string | undefined }[],
): Promise<ServiceSpecificCredentialMetadata[]> {
  const found = await Promise.all(
    users.map(async ({ UserName = '' }) => {
      const listed = await unlessGone(listServiceCredentials(client, { UserName }))
      return (listed ?? []).map(each => ({ ...each, UserName }))
    }),
  )
  return found.flat()
}

/** Services whose credentials IAM keeps (IAM User Guide, "API keys for AWS services"). */
const SERVICES = ['bedrock', 'aws-external-anthropic', 'cloudwatch', 'logs', 'codecommit', 'cassandra']

/** AWS's documentation says both that all users can be asked for without a service, and that they cannot. */
export async function listAllServiceCredentials(
  client: AwsClient,
): Promise<ServiceSpecificCredentialMetadata[]> {
  try {
    return await listServiceCredentials(client, { AllUsers: true })
  } catch (error) {
    if (toFault(error).code !== 'rejected') throw error
  }
  const found = await Promise.all(
    SERVICES.map(service =>
      listServiceCredentials(client, { AllUsers: true, ServiceName: `${service}.amazonaws.com` }),
    ),
  )
  return found.flat()
}

/**
 * All credentials that a user has now. A deleted user has none.
 *
 * @param gap takes a listing that is refused, which then costs its own kind; without it the fault is thrown
 * @param kinds to list; all when missing
 */
export async function credentialsOf(
  client: AwsClient,
  account: string,
  user: string,
  {
    gap,
    kinds,
  }: { gap?: ((gap: CredentialGap) => void) | undefined; kinds?: readonly string[] | undefined } = {},
): Promise<Identity[]> {
  const now = client.timing.date()
  const of = async <Item>(
    kind: string,
    list: () => Promise<Item[]>,
    identity: (item: Item) => Identity,
  ): Promise<Identity[]> => {
    if (kinds && !kinds.includes(kind)) return []
    try {
      return (await list()).map(identity)
    } catch (error) {
      const { code, message } = toFault(error)
      if (gap === undefined || code !== 'denied') throw error
      gap({ kind, because: message })
      return []
    }
  }
  const listings = Promise.all([
    of(
      'access-key',
      () => listAccessKeys(client, user),
      key => accessKeyIdentity(account, user, key, undefined, now),
    ),
    of(
      'service-credential',
      () => unlessUnsupported(listServiceCredentials(client, { UserName: user })),
      each => serviceCredentialIdentity(account, { ...each, UserName: user }, now),
    ),
    of(
      'signing-certificate',
      () => unlessUnsupported(listCertificates(client, user)),
      each => certificateIdentity(account, user, each, now),
    ),
    of(
      'ssh-key',
      () => unlessUnsupported(listSshKeys(client, user)),
      each => sshKeyIdentity(account, user, each, now),
    ),
  ])
  return (await unlessGone(listings))?.flat() ?? []
}

/** An endpoint that does not know an operation has nothing that only this operation could list. */
export async function unlessUnsupported<Item>(listed: Promise<Item[]>): Promise<Item[]> {
  try {
    return await listed
  } catch (error) {
    if (toFault(error).code === 'unsupported') return []
    throw error
  }
}
