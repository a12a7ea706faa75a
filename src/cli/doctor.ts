import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FaultRecord } from '../model/fault.ts'
import { toFault } from '../model/fault.ts'
import type { Interruption } from '../model/interruption.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import type { Provider, Session } from '../model/provider.ts'
import { diagnoseCapabilities, isLacking } from '../toolkit/capabilities.ts'
import { catalogOf, configuredClouds, providersOf } from '../toolkit/clouds.ts'
import { openLab } from '../toolkit/lab.ts'
import { closeAll, type RunFlags } from '../toolkit/open-run.ts'
import { readPlaybook } from '../toolkit/playbooks.ts'
import type { DoctorResult } from '../toolkit/results/doctor.ts'
import { checkScopeFlags, cloudsOfFlags, mergeScope, scopeOf, scopeWords } from '../toolkit/scope.ts'
import { type Diagnosis, doctorText } from '../ui/doctor.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { diagnoseGuard, prepareGuards } from './doctor-guard.ts'
import { type Folders, foldersOf, storeOf } from './folders.ts'
import { usedBy } from './permissions.ts'
import { recordBeforeRun } from './resume-hint.ts'
import type { ScopeFlags } from './scope-flags.ts'
import { exitWith, print } from './terminal.ts'

export interface DoctorRequest extends RunFlags, ScopeFlags {
  cloud?: string[] | undefined
  /** A file or a name: the accounts of its scope are signed in to, and asked about what it uses. */
  playbook?: string | undefined
  /** Attaches empty guard policies where there are none; asks first unless `yes`. */
  prepareGuard?: boolean
  yes?: boolean
  tool: string
}

export async function doctor(request: DoctorRequest): Promise<void> {
  const folders = foldersOf(request)
  const named = [request.cloud ?? [], cloudsOfFlags(request)].find(({ length }) => length > 0)
  const { chosen, left } = named || request.lab ? { chosen: named, left: [] } : await configuredClouds()
  const playbook = request.playbook === undefined ? undefined : await playbookOf(request.playbook)
  const asked = playbook === undefined ? undefined : playbookScope(playbook, request)
  const providers = await providersOf(asked && !request.cloud?.length ? Object.keys(asked) : chosen)
  const scope = asked ?? scopeOf(request, [...providers.keys()])
  const closers: (() => Promise<void>)[] = []
  try {
    const lab = request.lab ? await openLab(folders.state) : undefined
    if (lab) closers.push(() => lab.close())
    const accounts: Diagnosis['accounts'] = []
    const signedIn: { provider: Provider; session: Session }[] = []
    for (const provider of providers.values()) {
      const { sessions, unreached } = await provider
        .connect({
          scope: scope[provider.cloud] ?? {},
          ...(lab
            ? { lab: { endpoint: lab.endpoint, credentials: lab.credentials[provider.cloud] ?? {} } }
            : {}),
        })
        .catch(error => ({ sessions: [], unreached: [{ account: '', fault: toFault(error).record() }] }))
      for (const session of sessions) {
        closers.push(() => session.close())
        signedIn.push({ provider, session })
      }
      for (const { account, fault: found } of unreached) {
        const fault = recordBeforeRun(found)
        accounts.push({
          cloud: provider.cloud,
          title: provider.title,
          account,
          fault,
          warnings: [],
          kinds: [],
        })
      }
    }
    const prepared = request.prepareGuard
      ? await prepareGuards(
          signedIn.map(({ session }) => session),
          { yes: request.yes === true, command: prepareCommand(request) },
        )
      : true
    const reached = await Promise.all(
      signedIn.map(async ({ provider, session }) => {
        const asked = playbook ? usedBy(playbook, provider, await providersOf()) : provider.interruptions
        return await diagnose(provider, session, asked)
      }),
    )
    accounts.unshift(...reached)
    const diagnosis: Diagnosis = {
      tool: request.tool,
      node: process.version,
      clock: { here: new Date().toISOString(), ...(lab ? { lab: lab.now() } : {}) },
      state: await diagnoseState(folders),
      accounts,
      ...(accounts.some(canBePrepared) ? { prepare: prepareCommand(request) } : {}),
      notSetUp: left,
    }
    await print(
      request.json
        ? jsonText(diagnosis satisfies DoctorResult)
        : doctorText(diagnosis, await pageOf(process.stdout)),
    )
    if (accounts.some(({ fault }) => fault !== undefined)) exitWith('usage')
    else if (isUntrue(diagnosis.state)) exitWith('state')
    else if (
      !prepared ||
      !diagnosis.state.writable ||
      accounts.some(({ kinds }) => kinds.some(({ fault }) => fault)) ||
      accounts.some(({ capabilities = [] }) => isLacking(capabilities, playbook !== undefined))
    )
      exitWith('incomplete')
  } finally {
    await closeAll(closers)
  }
}

/**
 * Rights to read are found by reading one of each kind; rights to change cannot be tried, so the cloud is asked about the
 * permissions of these interruptions.
 */
async function diagnose(
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

function prepareCommand(request: DoctorRequest): string {
  const { lab, playbook } = request
  const quoted = playbook?.match(/^[\w./-]+$/) ? playbook : JSON.stringify(playbook)
  return [
    'interdict doctor',
    ...(lab ? ['--lab'] : []),
    ...(playbook === undefined ? [] : [`--playbook ${quoted}`]),
    ...scopeWords(request),
    '--prepare-guard',
  ].join(' ')
}

async function playbookOf(playbook: string): Promise<Playbook> {
  return await readPlaybook(playbook, catalogOf(await providersOf()))
}

/** Where the playbook looks, without what only its inputs say, and with the flags in place of what it says. */
function playbookScope({ name, scope }: Playbook, request: DoctorRequest): { [cloud: string]: Json } {
  checkScopeFlags(request, { name, clouds: Object.keys(scope), asked: request.cloud })
  return mergeScope(scopeWith(scope, {}), request)
}

async function diagnoseState(folders: Folders): Promise<Diagnosis['state']> {
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

function isUntrue({ damaged, loose, strange }: Diagnosis['state']): boolean {
  return damaged.length > 0 || loose.length > 0 || strange !== undefined
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
