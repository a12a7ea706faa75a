import type { World } from '../../src/engine/index.ts'
import { openStore } from '../../src/journal/store.ts'
import { ACCOUNT, seedEstate } from '../../src/lab/aws/seed/index.ts'
import { type Estate, type Lab, type Plain, startLab } from '../../src/lab/index.ts'
import type { Event } from '../../src/model/event.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { RunState } from '../../src/model/replay.ts'
import { aws } from '../../src/providers/aws/index.ts'
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
  readonly lab: Lab
  readonly town: Town
  readonly playbook: Playbook
  readonly seed: Plain
  readonly #session: World['sessions'][number]
  /** Told of every event; a test may look at a run from within. */
  listen: (event: Event) => void = () => undefined

  constructor(lab: Lab, town: Town, playbook: Playbook, session: World['sessions'][number]) {
    this.lab = lab
    this.town = town
    this.playbook = playbook
    this.#session = session
    this.seed = lab.snapshot()
  }

  static async open(
    change: (estate: Estate) => void = () => undefined,
    source = PLAYBOOK,
  ): Promise<Incident> {
    const playbook = playbookFrom(source)
    const estate = seedEstate(new Date().toISOString())
    change(estate)
    const lab = await startLab({ estate, propagationMs: 0 })
    const { sessions, unreached } = await aws.connect({
      scope: playbook.scope.aws ?? {},
      lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
    })
    const [session] = sessions
    if (!session) throw new Error(JSON.stringify(unreached))
    return new Incident(lab, await Town.open(), playbook, session)
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
      patience: 500,
      ...more,
    }
  }

  contain(more: Partial<World> = {}): Promise<RunState> {
    return this.town.contain(this.world(more), RUN, this.playbook)
  }

  resume(): Promise<RunState> {
    return this.town.resume(this.world(), RUN, this.playbook)
  }

  restore(more: Partial<World> = {}): Promise<RunState> {
    return this.town.restore(this.world(more), RUN)
  }

  /** What the journal says, read as any later command would. */
  async recorded(): Promise<RunState> {
    return (await this.town.store.read(RUN)).state
  }

  contained(): boolean {
    return isContained(this.lab.estate())
  }
}

/** Whether the user is really stopped, as the cloud has it: both keys off, denied everything, old sessions refused. */
export function isContained(estate: Estate): boolean {
  const user = userIn(estate)
  if (!user) return true
  const denies = Object.entries(user.inline).filter(([name]) => name.startsWith('interdict'))
  const everything = denies.some(([, text]) => deniesAll(text, false))
  const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll'
  return (
    user.accessKeys.every(({ status }) => status === 'Inactive') &&
    (everything || user.attached.includes(denyAll) || user.boundary === denyAll) &&
    denies.some(([, text]) => deniesAll(text, true))
  )
}

function deniesAll(text: string, conditional: boolean): boolean {
  const { Statement } = JSON.parse(text) as { Statement: { Effect: string; Condition?: unknown }[] }
  return [Statement]
    .flat()
    .some(({ Effect, Condition }) => Effect === 'Deny' && (Condition !== undefined) === conditional)
}

export function userIn(estate: Estate) {
  return estate.accounts.find(({ id }) => id === ACCOUNT)?.users.find(({ name }) => name === USER)
}

export function storeIn(folder: string) {
  return openStore({ state: `${folder}/state`, config: `${folder}/config` })
}
