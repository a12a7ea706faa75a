import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../../model/fault.ts'
import { PLATFORM } from '../../../platform/platform.ts'

const keyFile = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string(),
  private_key: z.string(),
  private_key_id: z.string().optional(),
  client_id: z.string().optional(),
  project_id: z.string().optional(),
  token_uri: z.url().optional(),
  quota_project_id: z.string().optional(),
  universe_domain: z.string().optional(),
})
const userFile = z.looseObject({
  type: z.literal('authorized_user'),
  client_id: z.string(),
  client_secret: z.string(),
  refresh_token: z.string(),
  quota_project_id: z.string().optional(),
  universe_domain: z.string().optional(),
})
const federatedFile = z.looseObject({
  type: z.literal('external_account'),
  audience: z.string(),
  subject_token_type: z.string(),
  token_url: z.url().optional(),
  service_account_impersonation_url: z.url().optional(),
  credential_source: z.looseObject({ url: z.string().optional() }).optional(),
  quota_project_id: z.string().optional(),
  universe_domain: z.string().optional(),
})
const impersonatedFile = z.looseObject({
  type: z.literal('impersonated_service_account'),
  service_account_impersonation_url: z.url(),
  source_credentials: z.unknown(),
  delegates: z.array(z.string()).optional(),
  quota_project_id: z.string().optional(),
  universe_domain: z.string().optional(),
})
const credentialFile = z.discriminatedUnion('type', [keyFile, userFile, federatedFile, impersonatedFile])

export type CredentialFile = z.infer<typeof credentialFile>
export type FederatedFile = z.infer<typeof federatedFile>

/** Checked before Google's library sees it: it follows any address that a file names. @throws Fault */
export function parseCredentials(value: unknown, where: string): CredentialFile {
  const checked = credentialFile.safeParse(value)
  if (checked.success) return checked.data
  // The message of a failed check may quote what it checked; a key is in there.
  const paths = [...new Set(checked.error.issues.map(({ path }) => path.join('.') || 'type'))]
  throw new Fault('not-authenticated', `${where}: not credentials that we know (${paths.join(', ')})`, {
    where,
    next: 'use a service account key, a workload identity federation file, or gcloud auth application-default login',
  })
}

/** The file that application default credentials are in, or undefined on a machine that has none. */
export async function findCredentials(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<CredentialFile | undefined> {
  const file = named ?? environment.GOOGLE_APPLICATION_CREDENTIALS
  if (file) return await readCredentials(file)
  const folder =
    environment.CLOUDSDK_CONFIG ?? PLATFORM.gcloudHome(environment, environment.HOME ?? homedir())
  return await readCredentials(join(folder, 'application_default_credentials.json'), true)
}

async function readCredentials(file: string, optional: true): Promise<CredentialFile | undefined>
async function readCredentials(file: string): Promise<CredentialFile>
async function readCredentials(file: string, optional = false): Promise<CredentialFile | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (optional) return undefined
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Fault('not-authenticated', `${file}: ${why}`, {
      where: file,
      next: 'check the path of the key file',
    })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Fault('not-authenticated', `${file}: not JSON`, { where: file })
  }
  return parseCredentials(value, file)
}
