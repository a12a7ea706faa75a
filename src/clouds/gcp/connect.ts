import { z } from 'zod'
import { Fault, toFault } from '../../model/fault.ts'
import type { Connected, ConnectOptions } from '../../model/provider.ts'
import type { Timing } from '../../model/timing.ts'
import { ANSWERED_ACCOUNTS } from '../kit/http/readings.ts'
import { RecentlyUsed } from '../kit/http/recently-used.ts'
import { type ClientOptions, type GcpClient, gcpClient } from './client.ts'
import { toGcpFault } from './http/faults.ts'
import { type Hosts, hostsOf } from './http/hosts.ts'
import { gcpLane } from './http/pace.ts'
import { waitBefore } from './http/retry.ts'
import { Transport } from './http/transport.ts'
import { homeOf } from './inventory/common-facts.ts'
import { Ancestry, type Project, projectsOf } from './inventory/projects.ts'
import { type Scope, scopeSchema } from './scope.ts'
import { type Common, openSession } from './session.ts'
import { actAs, authorizationOf, type SignIn, signIn } from './sign-in/auth.ts'
import { introduced, selfOf } from './sign-in/caller.ts'
import { findCredentials, parseCredentials } from './sign-in/credential-file.ts'

/**
 * Signs in, and opens a session for every project of the scope. Looks at the environment as Google's own tools do
 * (GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_QUOTA_PROJECT, GOOGLE_CLOUD_UNIVERSE_DOMAIN,
 * CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT) and at INTERDICT_GCP_ENDPOINT; in a lab at none of it.
 */
export async function connect(options: ConnectOptions): Promise<Connected<GcpClient>> {
  const checked = scopeSchema.safeParse(options.scope)
  if (!checked.success) {
    throw new Fault('invalid-playbook', `scope.gcp: ${z.prettifyError(checked.error)}`, {
      where: 'scope.gcp',
    })
  }
  const scope = checked.data
  const environment = options.lab ? {} : (options.environment ?? process.env)
  const hosts = hostsOf(
    environment.GOOGLE_CLOUD_UNIVERSE_DOMAIN || undefined,
    options.lab?.endpoint ?? (environment.INTERDICT_GCP_ENDPOINT || undefined),
  )
  let signedIn: SignIn
  let common: Common
  try {
    signedIn = await signedInAs(options, scope, hosts, environment)
    // A wrong key is reported once, not for every project.
    await authorization(signedIn, `${hosts.origin('iam')}/`, options)
    const chain = await introduced(signedIn, hosts, options.signal)
    common = {
      chain,
      self: selfOf(chain),
      policies: new Map(),
      endpoint: hosts.override,
      quotaProject: quotaProjectOf(scope, environment, signedIn),
      home: homeProject(signedIn),
      lab: options.lab !== undefined,
    }
  } catch (error) {
    return { sessions: [], unreached: [{ account: 'self', fault: toFault(error).record() }] }
  }
  const clientFor = clients(options, scope, hosts, signedIn, environment)
  const root = clientFor({ project: '', projectNumber: '', ancestors: [], hidden: [] })
  const own =
    environment.GOOGLE_CLOUD_PROJECT ||
    environment.GCLOUD_PROJECT ||
    environment.CLOUDSDK_CORE_PROJECT ||
    signedIn.project ||
    signedIn.quotaProject
  const connected: Connected<GcpClient> = { sessions: [], unreached: [] }
  const projects = await projectsOf(root, scope, own, connected.unreached)
  const ancestry = new Ancestry(root)
  const open = async (project: Project) => {
    try {
      const client = clientFor({
        project: project.projectId,
        projectNumber: project.name.replace('projects/', ''),
        ...(await ancestry.above(project)),
      })
      const { displayName } = project
      connected.sessions.push(openSession(client, common, { displayName }))
    } catch (error) {
      connected.unreached.push({ account: project.projectId, fault: toFault(error).record() })
    }
  }
  await Promise.all(projects.map(open))
  connected.sessions.sort((a, b) => (a.account < b.account ? -1 : 1))
  return connected
}

async function signedInAs(
  { lab }: ConnectOptions,
  scope: Scope,
  hosts: Hosts,
  environment: NodeJS.ProcessEnv,
): Promise<SignIn> {
  const file = lab
    ? parseCredentials(lab.credentials, 'credentials of the lab')
    : await findCredentials(scope.keyFile, environment)
  const source = await signIn(file, hosts)
  const named = environment.CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT?.split(',').filter(each => each !== '')
  return await actAs(source, scope.impersonate ?? named ?? [], hosts)
}

function quotaProjectOf(scope: Scope, environment: NodeJS.ProcessEnv, signedIn: SignIn): string | undefined {
  return scope.quotaProject ?? (environment.GOOGLE_CLOUD_QUOTA_PROJECT || signedIn.quotaProject || undefined)
}

/** The project that the credentials belong to, which is charged where no other is named. */
function homeProject({ chain: [{ email }], project }: SignIn): string | undefined {
  return homeOf(email, '') || project || undefined
}

type Wanted = Pick<ClientOptions, 'project' | 'projectNumber' | 'ancestors' | 'hidden'>

/** Clients of projects, all on one way out. */
function clients(
  { lab, run, callTimeout, signal, timing }: ConnectOptions,
  scope: Scope,
  hosts: Hosts,
  signedIn: SignIn,
  environment: NodeJS.ProcessEnv,
): (wanted: Wanted) => GcpClient {
  const quotaProject = quotaProjectOf(scope, environment, signedIn)
  const home = homeProject(signedIn)
  const shared = {
    ...(quotaProject ? { quotaProject } : {}),
    ...(home ? { home } : {}),
    timing,
    ...(signal === undefined ? {} : { signal }),
  }
  const answered = new RecentlyUsed(ANSWERED_ACCOUNTS)
  const transport = new Transport({
    hosts,
    lane: gcpLane({ rated: !lab, timing, ...(signal === undefined ? {} : { signal }) }),
    authorization: url => authorization(signedIn, url, { signal, timing }),
    ...shared,
    ...(run === undefined ? {} : { run }),
    ...(callTimeout === undefined ? {} : { callTimeout }),
  })
  const { organization } = scope
  return wanted =>
    gcpClient({
      ...wanted,
      transport,
      authClient: signedIn.client,
      ...shared,
      answered,
      ...(organization === undefined ? {} : { organization }),
    })
}

/** A token has no effect until it is used, so that asking for it may be repeated. */
async function authorization(
  { client }: SignIn,
  url: string,
  { signal, timing }: { signal?: AbortSignal | undefined; timing: Timing },
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      signal?.throwIfAborted()
      return await authorizationOf(client, url)
    } catch (error) {
      if (signal?.aborted) throw new Fault('interrupted', 'interrupted while signing in')
      const ms = waitBefore(attempt, 'read', error, timing)
      if (ms === undefined) throw error instanceof Fault ? error : toGcpFault(error, 'signing in', '')
      await timing.sleep(ms, signal)
    }
  }
}
