import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Cloud, userKeys } from '../lab/actors/aws-credentials.ts'
import type { Lab } from '../lab/index.ts'
import type { Identity } from '../model/identity.ts'
import type { RunState } from '../model/run/state.ts'
import type { Host } from '../toolkit/host.ts'
import { restoreRun } from '../toolkit/restore.ts'
import type { CaseResult } from '../toolkit/results/drill.ts'
import { rotateRun } from '../toolkit/rotate.ts'
import { PROPAGATION, someAtWork } from './case-scene.ts'
import type { IncidentCase } from './cases.ts'
import { keptOff } from './kept-off.ts'
import type { Check } from './report.ts'

export interface EndRequest {
  of: IncidentCase
  /** Acts in the lab. */
  host: Host
  lab: Lab
  /** The run as it was looked at last. */
  state: RunState
  /** A folder for what is made. */
  folder: string
  /** Id of the identity that the trigger named: the last that is cleared. */
  suspect: string | undefined
  note(text: string): void
}

export interface Ended {
  state: RunState
  checks: Check[]
  rotated: CaseResult['rotated']
}

/** A rehearsal gives back everything, also what somebody was given lately. */
const CHOICES = {
  drift: 'skip',
  stepDown: false,
  acceptLiveTokens: false,
  includeRecent: true,
  keepClock: true,
} as const
/** Seconds for which the guard of the watch may have the state folder. */
const WAIT = 30

/** Gives back what the run holds, as the case says. */
export async function endCase(request: EndRequest): Promise<Ended> {
  const { of, host, state } = request
  if (of.ending === 'rotate') return await withNew(request)
  if (of.ending === 'each') return await oneByOne(request)
  const restored = await putBack(host, state, [])
  request.note('restored')
  return { state: restored, checks: [], rotated: [] }
}

async function putBack(host: Host, state: RunState, only: string[]): Promise<RunState> {
  const giveBack = keptOff({ changes: new Map([...state.changes].filter(([, { held }]) => held.length > 0)) })
  const request = { ...CHOICES, giveBack, only, dryRun: false, reason: 'drill', wait: WAIT }
  const restored = await restoreRun(host, state.run, request)
  return restored.state
}

/** The identity that was abused is cleared last: what was not is back at work before. */
async function oneByOne(request: EndRequest): Promise<Ended> {
  const { of, host, state: given, lab, suspect, note } = request
  const named = new Map([...given.changes.values()].map(({ identity }) => [identity.id, shownAs(identity)]))
  const ids = [...named.keys()]
  const order = [...ids.filter(id => id !== suspect), ...ids.filter(id => id === suspect)]
  const clouds = new Set([...given.changes.values()].map(({ identity }) => identity.cloud))
  const checks: Check[] = [
    {
      what: `${order.length} identities of the vendor were stopped in ${clouds.size} clouds, by one run`,
      good: order.length > 1 && clouds.size === lab.clouds.length,
    },
  ]
  let state = given
  for (const [index, id] of order.entries()) {
    state = await putBack(host, state, [id])
    const held = order.filter(each =>
      [...state.changes.values()].some(at => at.identity.id === each && at.held.length > 0),
    )
    const left = order.slice(index + 1)
    const name = named.get(id) ?? id
    note(
      left.length > 0
        ? `cleared, ${left.length} still stopped: ${name} is back`
        : `cleared, nothing is stopped any more: ${name} is back`,
    )
    const others =
      left.length === 0
        ? 'nothing is'
        : left.length === 1
          ? 'the other one is'
          : `the other ${left.length} are`
    checks.push({ what: `with ${name} cleared, ${others} held`, good: held.join() === left.join() })
    const waiting = Object.entries(of.cleared ?? {})
    const working = waiting.filter(([, needs]) => needs === id).map(([actor]) => actor)
    const stopped = waiting.filter(([, needs]) => left.includes(needs)).map(([actor]) => actor)
    if (working.length > 0) checks.push(...(await someAtWork(lab, working, stopped, host.timing)))
  }
  return { state, checks, rotated: [] }
}

/** A directory's ids say nothing to people. */
function shownAs({ cloud, name, facts }: Identity): string {
  const { displayName } = facts
  return `${cloud} ${cloud === 'azure' && typeof displayName === 'string' ? displayName : name}`
}

const nameOf = (id: string) => id.slice(id.indexOf('/') + 1)

/** A new key first, into a file that only its owner may read; then the user is let in again, with that key alone. */
async function withNew({ host, lab, state: given, folder, note }: EndRequest): Promise<Ended> {
  const into = join(folder, 'new-key.json')
  const keys = [...given.changes.values()].filter(({ identity }) => identity.kind === 'access-key')
  const { state } = await rotateRun(host, given.run, {
    only: [],
    into: `file:${into}`,
    removal: 'never',
    dryRun: false,
    restore: CHOICES,
    reason: 'drill',
    wait: WAIT,
  })
  note('a new key made, stored and read back')
  note('the user is let in again')
  const rotated = keys.flatMap(({ identity: { kind, name }, key }) => {
    const { done } = state.changes.get(key)?.rotation ?? {}
    return done ? [{ kind, old: name, new: done.name, place: done.place }] : []
  })
  await host.timing.sleep(PROPAGATION)
  const checks = await tryKeys(lab, into, keys[0]?.identity.owner)
  return { state, checks, rotated }
}

async function tryKeys(lab: Lab, file: string, owner: string | undefined): Promise<Check[]> {
  const { AccessKeyId, SecretAccessKey } = JSON.parse(await readFile(file, 'utf8')) as {
    AccessKeyId: string
    SecretAccessKey: string
  }
  const cloud = await Cloud.open(lab.endpoint)
  const works = (keys: { accessKeyId: string; secretAccessKey: string }) =>
    cloud
      .reader(
        keys,
        3,
      )(SECRET)
      .then(
        () => true,
        () => false,
      )
  const fresh = await works({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey })
  const old = await works(userKeys(nameOf(owner ?? '')))
  cloud.close()
  return [
    { what: 'the new key gets at what the workload needs', good: fresh },
    { what: 'the old key stays off', good: !old },
  ]
}

/** The secret that the owner of the key reads. */
const SECRET = 'prod/billing/sap'
