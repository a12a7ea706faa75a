import type { World } from '../../src/engine/index.ts'
import type { Estate } from '../../src/lab/aws/index.ts'
import { ACCOUNT, seedEstate } from '../../src/lab/aws/seed/index.ts'
import type { Plain } from '../../src/lab/index.ts'
import type { Entry, RestoreOptions } from '../../src/model/entry.ts'
import type { Event } from '../../src/model/event.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { RunState } from '../../src/model/replay.ts'
import { aws } from '../../src/providers/aws/index.ts'
import { type LabOfAws, startAwsLab } from '../aws-lab.ts'
import { Town } from '../engine/town.ts'

export const RUN = 'aaaa'
export const USER = 'ci-deploy'

/** One user with two keys: four changes, each of which writes once. */
export const PLAYBOOK = `version: 1
name: stop-ci-deploy
title: Stop the deployer
status: test
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: the deployer
    select: identity.kind == "user" && identity.name == "${USER}"
    interrupt: [quarantine, disable, revoke-sessions]
`

export function playbookFrom(source: string): Playbook {
  const { kinds, interruptions } = aws
  return parsePlaybook(source, 'test.yaml', { clouds: ['aws'], kinds, interruptions })
}

/** A lab, a state folder, and what the commands do between them, without the command line. */
export class Incident {
  readonly lab: LabOfAws
  readonly town: Town
  readonly playbook: Playbook
  readonly seed: Plain
  readonly #original: Estate
  readonly #session: World['sessions'][number]
  /** Told of every event: a test can act at one exact moment of a run. What it throws ends the run there. */
  listen: (event: Event) => void = () => undefined

  constructor(lab: LabOfAws, town: Town, session: World['sessions'][number]) {
    this.lab = lab
    this.town = town
    this.playbook = playbookFrom(PLAYBOOK)
    this.#session = session
    this.#original = lab.estate()
    this.seed = lab.snapshot()
  }

  static async open(change: (estate: Estate) => void = () => undefined): Promise<Incident> {
    const estate = seedEstate(new Date().toISOString())
    change(estate)
    const lab = await startAwsLab({ estate, propagationMs: 0 })
    return await Incident.on(lab, await Town.open())
  }

  static async on(lab: LabOfAws, town: Town): Promise<Incident> {
    const { sessions, unreached } = await aws.connect({
      scope: {},
      lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
    })
    const [session] = sessions
    if (!session) throw new Error(JSON.stringify(unreached))
    return new Incident(lab, town, session)
  }

  async close(): Promise<void> {
    await this.#session.close()
    await this.lab.close()
    await this.town.close()
  }

  world(more: Partial<World> = {}): World {
    return {
      providers: new Map([['aws', aws]]),
      sessions: [this.#session],
      unreached: [],
      target: { kind: 'lab', at: this.lab.id },
      clock: () => this.lab.clock.now(),
      listen: event => this.listen(event),
      patience: 2000,
      ...more,
    }
  }

  contain(): Promise<RunState> {
    return this.town.contain(this.world(), RUN, this.playbook)
  }

  resume(): Promise<RunState> {
    return this.town.resume(this.world(), RUN, this.playbook)
  }

  restore(options: Partial<RestoreOptions> = {}, run = RUN): Promise<RunState> {
    return this.town.restore(this.world(), run, options)
  }

  /** The first time that such an entry is on disk. */
  once(type: Entry['type'], act: () => void): void {
    this.listen = event => {
      if (event.type !== 'entry' || event.entry.type !== type) return
      this.listen = () => undefined
      act()
    }
  }

  contained(): boolean {
    return isContained(this.lab.estate())
  }

  /** What differs from the seed in the cloud and cannot be put back from the journal. Has to be empty at any time. */
  async unowed(run = RUN): Promise<string[]> {
    const { state } = await this.town.store.read(run)
    const held = [...state.changes.values()].flatMap(({ identity, held }) =>
      held.map(each => [settingName(identity.name, each.entry), each.before] as const),
    )
    const before = settings(this.#original)
    const now = settings(this.lab.estate())
    return [...new Set([...before.keys(), ...now.keys()])].filter(
      name =>
        before.get(name) !== now.get(name) &&
        !held.some(([entry, value]) => entry === name && value === before.get(name)),
    )
  }
}

const settingName = (identity: string, entry: string) => `${identity} ${entry}`

/** Everything of the user that a run may change. */
function settings(estate: Estate): Map<string, unknown> {
  const user = userIn(estate)
  const all = new Map<string, unknown>()
  if (!user) return all
  for (const { id, status } of user.accessKeys) all.set(settingName(id, 'status'), status)
  for (const [name, text] of Object.entries(user.inline)) all.set(settingName(USER, `inline/${name}`), text)
  for (const arn of user.attached) all.set(settingName(USER, `attached/${arn}`), true)
  if (user.boundary !== undefined) all.set(settingName(USER, 'boundary'), user.boundary)
  return all
}

/** Whether the user is really stopped, as the cloud has it: both keys off, denied everything, old sessions refused. */
export function isContained(estate: Estate): boolean {
  const user = userIn(estate)
  if (!user) return true
  const denies = Object.entries(user.inline).filter(([name]) => name.startsWith('interdict'))
  const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll'
  return (
    user.accessKeys.every(({ status }) => status === 'Inactive') &&
    (denies.some(([, text]) => hasDeny(text, false)) ||
      user.attached.includes(denyAll) ||
      user.boundary === denyAll) &&
    denies.some(([, text]) => hasDeny(text, true))
  )
}

function hasDeny(text: string, conditional: boolean): boolean {
  const { Statement } = JSON.parse(text) as { Statement: { Effect: string; Condition?: unknown }[] }
  return [Statement]
    .flat()
    .some(({ Effect, Condition }) => Effect === 'Deny' && (Condition !== undefined) === conditional)
}

export function userIn(estate: Estate) {
  return estate.accounts.find(({ id }) => id === ACCOUNT)?.users.find(({ name }) => name === USER)
}
