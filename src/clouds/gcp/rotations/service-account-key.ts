import { parseIdentityId } from '../../../model/identity.ts'
import type { Retired, Rotation, RotationContext, Trial } from '../../../model/rotation.ts'
import { Secret } from '../../../model/secret.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { GcpCall, GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { keyId, listKeys } from '../inventory/keys.ts'
import { segment } from '../settings/settings.ts'
import { signIn } from '../sign-in/auth.ts'
import { parseCredentials } from '../sign-in/credential-file.ts'

/** Both forbid it; the managed one is in force by default in newer organizations (Organization Policy, "Secure by default"). */
const FORBIDDING = ['iam.disableServiceAccountKeyCreation', 'iam.managed.disableServiceAccountKeyCreation']

function emailOf({ old }: RotationContext): string {
  return parseIdentityId(old.owner ?? '').name
}

function accountPath({ project }: GcpClient, context: RotationContext): string {
  return `/v1/projects/${segment(project)}/serviceAccounts/${segment(emailOf(context))}`
}

/** A key of an account, by the operation on it. */
function keyCall(
  client: GcpClient,
  context: RotationContext,
  name: string,
  verb: 'disable' | 'delete',
): GcpCall {
  const path = `${accountPath(client, context)}/keys/${segment(name)}`
  return {
    operation: `iam.projects.serviceAccounts.keys.${verb}`,
    service: 'iam',
    ...(verb === 'delete'
      ? { method: 'DELETE', path }
      : { method: 'POST', path: `${path}:disable`, body: {} }),
  }
}

/** A new key of the same service account, kept as the key file that every client library of Google reads. */
export const serviceAccountKeyRotate: Rotation<GcpClient> = {
  id: 'gcp.service-account-key.rotate',
  summary: 'Make a new key of the service account; the old one stays disabled',
  on: ['service-account-key'],
  // IAM, "Quotas and limits": service account keys for each account. Disabled ones count.
  limit: 10,
  permissions: {
    read: ['iam.serviceAccountKeys.list', 'iam.serviceAccounts.get', 'orgpolicy.policy.get'],
    rotate: ['iam.serviceAccountKeys.create', 'iam.serviceAccountKeys.list', 'iam.serviceAccounts.get'],
    remove: ['iam.serviceAccountKeys.delete', 'iam.serviceAccountKeys.disable'],
  },
  async blocked(client) {
    for (const constraint of FORBIDDING) {
      if (await isEnforced(client, constraint)) {
        return `the organization policy ${constraint} forbids new keys in ${client.project}: have the workload use workload identity federation, or an exception made`
      }
    }
    return undefined
  },
  async list(client, context) {
    const keys = await listKeys(client, emailOf(context))
    return keys.map(key => ({
      name: keyId(key),
      enabled: key.disabled !== true,
      ...(key.validAfterTime === undefined ? {} : { created: key.validAfterTime }),
    }))
  },
  async create(client, context) {
    const made = await client.call<{ name?: string; privateKeyData?: string }>(
      gcpCall('POST', 'iam.projects.serviceAccounts.keys.create', `${accountPath(client, context)}/keys`, {
        body: {},
      }),
    )
    const text = Buffer.from(made.privateKeyData ?? '', 'base64').toString('utf8')
    return { name: keyId(made), secret: new Secret(text) }
  },
  names: secret => fileIn(secret)?.private_key_id,
  async try(client, secret, context): Promise<Trial> {
    const file = fileIn(secret)
    if (!file) return 'not-yet'
    try {
      const { client: as } = await signIn(file, client.hosts)
      const { token } = await as.getAccessToken()
      return token ? 'works' : 'not-yet'
    } catch (error) {
      // No answer is no refusal. The error itself may carry what was sent, and goes no further.
      if (!isAnswer(error)) return 'not-yet'
      return (await isDisabled(client, context)) ? 'owner-off' : 'not-yet'
    }
  },
  /** Without a mark nobody can tell whose a new key is: what is not certainly ours is disabled, which can be undone. */
  async retire(client, name, known, context): Promise<Retired> {
    await unlessGone(client.call(keyCall(client, context, name, known ? 'delete' : 'disable')))
    return { outcome: known ? 'deleted' : 'disabled' }
  },
  async remove(client, context) {
    await unlessGone(client.call(keyCall(client, context, context.old.name, 'delete')))
  },
}

/** An unreadable constraint does not count as in force: Google says so itself when the key is to be made. */
async function isEnforced(client: GcpClient, constraint: string): Promise<boolean> {
  const found = await client
    .call<{ spec?: { rules?: { enforce?: boolean }[] } }>(
      gcpCall(
        'GET',
        'orgpolicy.projects.policies.getEffectivePolicy',
        `/v2/projects/${segment(client.project)}/policies/${constraint}:getEffectivePolicy`,
      ),
    )
    .catch(() => undefined)
  return found?.spec?.rules?.some(({ enforce }) => enforce === true) ?? false
}

async function isDisabled(client: GcpClient, context: RotationContext): Promise<boolean> {
  const account = await client.call<{ disabled?: boolean }>(
    gcpCall('GET', 'iam.projects.serviceAccounts.get', accountPath(client, context)),
  )
  return account.disabled === true
}

function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'response' in error && error.response !== undefined
}

function fileIn(secret: Secret) {
  try {
    const file = parseCredentials(JSON.parse(secret.reveal()), 'the new key')
    return file.type === 'service_account' ? file : undefined
  } catch {
    return undefined
  }
}
