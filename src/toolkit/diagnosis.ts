import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Capabilities } from '../model/capability.ts'
import { commandText } from '../model/command-text.ts'
import { type FaultRecord, toFault } from '../model/fault.ts'
import type { Interruption } from '../model/interruption.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import type { Provider, Session } from '../model/provider.ts'
import { diagnoseCapabilities } from './capabilities.ts'
import { catalogOf, configuredClouds, providersOf } from './clouds.ts'
import { storeOf } from './folders.ts'
import { diagnoseGuard, prepareGuards } from './guard-policies.ts'
import type { Host } from './host.ts'
import { underHouse } from './house.ts'
import { labOf } from './lab.ts'
import { closeAll } from './open-run.ts'
import { usedBy } from './permissions.ts'
import { readPlaybook } from './playbooks.ts'
import { recordBeforeRun } from './resume-advice.ts'
import { checkScopeFlags, cloudsOfFlags, mergeScope, scopeOf, scopeWords } from './scope.ts'
import type { ScopeFlags } from './scope-settings.ts'
import { signIn } from './target.ts'

/** Who we are in each cloud, what these credentials can do, and how the state folder is. */
export interface Diagnosis {
  tool: string
  node: string
  clock: { here: string; lab?: string }
  state: {
    state: string
    config: string
    writable: boolean
    runs: number
    damaged: { run: string; message: string }[]
    /** Why this machine does not know the state folder. */
    strange?: string
    /** Files that others can read or write, and the command that closes them. */
    loose: { path: string; mode: string; fix: string }[]
  }
  accounts: {
    cloud: string
    title: string
    account: string
    alias?: string
    caller?: string
    endpoint?: string
    warnings: string[]
    /** The deny that should be set up beforehand. */
    advice?: string[]
    /** Seconds by which the cloud's clock is ahead of this machine's. */
    clockOffset?: number
    /** A kind that cannot be read has the fault that says why. */
    kinds: { kind: string; fault?: FaultRecord }[]
    /** Stages of each interruption that these credentials could carry out, of the playbook where one is named; absent where not asked. */
    capabilities?: Capabilities[]
    /** The method behind `capabilities`, and its limits. */
    basis?: string
    /** The deny above the account, as it is beforehand; absent where the cloud has none. */
    guard?: { ready: boolean; possible?: false; text: string; as?: string }
    fault?: FaultRecord
  }[]
  /** The command that attaches guard policies where there are none; absent where there is nothing to attach. */
  prepare?: string
  /** Clouds for which nothing on this machine says how to sign in; they were not asked. */
  notSetUp: string[]
}

/** The clouds and the playbook to look at. */
export interface DiagnosisRequest extends ScopeFlags {
  cloud?: string[] | undefined
  /** A file or a name: the accounts of its scope are signed in to, and asked about what it uses. */
  playbook?: string | undefined
  /** Attach empty guard policies where there are none; asks `prepare-guard`. */
  prepareGuard?: boolean
  /** Version of the runtime, as it is shown. */
  node: string
}

/** A diagnosis; `prepared`: every account that can have a guard policy has one now, or that was not asked for. */
export interface Diagnosed {
  diagnosis: Diagnosis
  prepared: boolean
}

/** Signs in to each cloud and looks; changes nothing but guard policies that were asked for. Faults: `usage`, `invalid-playbook`. */
export async function diagnose(host: Host, request: DiagnosisRequest): Promise<Diagnosed> {
  const { clouds, timing, environment, during } = host
  const named = [request.cloud ?? [], cloudsOfFlags(request)].find(({ length }) => length > 0)
  const { chosen, left } = named || host.lab ? { chosen: named, left: [] } : await configuredClouds(host)
  const all = await providersOf(undefined, clouds)
  const playbook =
    request.playbook === undefined
      ? undefined
      : underHouse(await readPlaybook(request.playbook, catalogOf(all)), host)
  const asked = playbook === undefined ? undefined : playbookScope(playbook, request)
  const providers = await providersOf(asked && !request.cloud?.length ? Object.keys(asked) : chosen, clouds)
  const scope = asked ?? scopeOf(request, [...providers.keys()], host)
  const command = prepareCommand(request, host.lab)
  const closers: (() => Promise<void>)[] = []
  try {
    const lab = await labOf(host)
    if (lab) closers.push(() => lab.close())
    const signed = await signIn({ providers, scope, lab, timing, environment, during })
    const signedIn = signed.flatMap(({ provider, sessions }) =>
      sessions.map(session => ({ provider, session })),
    )
    closers.push(
      ...signedIn.map(
        ({ session }) =>
          () =>
            session.close(),
      ),
    )
    const sessions = signedIn.map(({ session }) => session)
    const prepared = request.prepareGuard ? await prepareGuards(host, sessions, command) : true
    const reached = await Promise.all(
      signedIn.map(async ({ provider, session }) => {
        const used = playbook ? usedBy(playbook, provider, all) : provider.interruptions
        return await diagnoseAccount(provider, session, used)
      }),
    )
    const unreached = signed.flatMap(({ provider: { cloud, title }, unreached: those }) =>
      those.map(({ account, fault }) => ({
        cloud,
        title,
        account,
        fault: recordBeforeRun(fault),
        warnings: [],
        kinds: [],
      })),
    )
    const accounts = [...reached, ...unreached]
    const diagnosis: Diagnosis = {
      tool: host.tool,
      node: request.node,
      clock: { here: new Date(timing.date()).toISOString(), ...(lab ? { lab: lab.now() } : {}) },
      state: await diagnoseState(host),
      accounts,
      ...(accounts.some(canBePrepared) ? { prepare: command } : {}),
      notSetUp: left,
    }
    return { diagnosis, prepared }
  } finally {
    await closeAll(closers)
  }
}

/**
 * Rights to read are found by reading one of each kind; rights to change cannot be tried, so the cloud is asked about the
 * permissions of these interruptions.
 */
async function diagnoseAccount(
  provider: Provider,
  session: Session,
  interruptions: readonly Interruption[],
): Promise<Diagnosis['accounts'][number]> {
  const kinds: Diagnosis['accounts'][number]['kinds'] = []
  for (const kind of provider.kinds.filter(({ costly }) => !costly)) {
    let fault: FaultRecord | undefined
    try {
      for await (const _ of session.inventory({ kinds: [kind.name] })) break
    } catch (error) {
      fault = recordBeforeRun(toFault(error).record())
    }
    kinds.push({ kind: kind.name, ...(fault ? { fault } : {}) })
  }
  const able = await diagnoseCapabilities(session, interruptions)
  const guard = await diagnoseGuard(session)
  const { account, alias, caller, endpoint, warnings } = session
  const clockOffset = session.clockOffset?.()
  return {
    cloud: provider.cloud,
    title: provider.title,
    account,
    ...(alias === undefined ? {} : { alias }),
    caller: caller.name,
    ...(endpoint === undefined ? {} : { endpoint }),
    warnings: warnings.map(({ message }) => message),
    ...(session.advice && session.advice.length > 0 ? { advice: [...session.advice] } : {}),
    ...(clockOffset === undefined ? {} : { clockOffset: Math.round(clockOffset / 1000) }),
    kinds,
    ...able,
    ...(guard === undefined ? {} : { guard }),
  }
}

function canBePrepared({ guard }: Diagnosis['accounts'][number]): boolean {
  return guard !== undefined && !guard.ready && guard.possible !== false
}

function prepareCommand(request: DiagnosisRequest, lab: boolean): string {
  const { playbook } = request
  const of = playbook === undefined ? [] : ['--playbook', playbook]
  return commandText(['doctor', ...of, ...scopeWords(request), '--prepare-guard'], { lab })
}

/** Where the playbook looks, without what only its inputs say, and with the flags in place of what it says. */
function playbookScope({ name, scope }: Playbook, request: DiagnosisRequest): { [cloud: string]: Json } {
  checkScopeFlags(request, { name, clouds: Object.keys(scope), asked: request.cloud })
  return mergeScope(scopeWith(scope, {}), request)
}

async function diagnoseState({ folders }: Pick<Host, 'folders'>): Promise<Diagnosis['state']> {
  const store = await storeOf(folders)
  const listed = await store.list()
  const strange = await store.strange()
  return {
    ...folders,
    ...(strange ? { strange: strange.message } : {}),
    loose: store.loose().map(({ path, mode, fix }) => ({ path, mode, fix })),
    writable: await isWritable(folders.state),
    runs: listed.length,
    damaged: listed.flatMap(each =>
      'fault' in each ? [{ run: each.run, message: each.fault.message }] : [],
    ),
  }
}

/** Whether it can be written to, or made. */
async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    return true
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return missing && dirname(folder) !== folder && (await isWritable(dirname(folder)))
  }
}
