import { beforeEach, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Session } from '../../src/model/provider.ts'
import { MemoryTown } from './memory-town.ts'
import { fog, interruption, playbook, provider, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'

const DOWN = new Fault('unavailable', 'the cloud does not answer')
const BOTH = 'identity.kind == "door" || identity.kind == "gate"'

let town: MemoryTown
let toy: ToyCloud
beforeEach(() => {
  town = new MemoryTown()
  toy = new ToyCloud()
})

const stop = (more: Partial<Playbook> = {}) =>
  playbook(['disable'], BOTH, { scope: { toy: {}, fog: {} }, ...more })

function world(sessions: Session[], more: Partial<World> = {}): World {
  const providers = new Map([
    ['toy', provider],
    ['fog', fog],
  ])
  return toy.world({ providers, sessions, ...more })
}

const ours = (more: Partial<World> = {}) => world([toy.session()], more)

/** Another cloud, or another account, with these doors. */
function cloudOf(cloud: string, account: string, ...doors: string[]): ToyCloud {
  const made = new ToyCloud(cloud, account)
  for (const name of doors) made.add(name)
  return made
}

const unreached = (...places: string[]): World['unreached'] =>
  places.map(place => {
    const [cloud = '', account = ''] = place.split(':')
    return { cloud, account, fault: DOWN.record() }
  })
const isCut = (cloud: ToyCloud, name: string) => cloud.doors.get(name)?.settings['open'] === false
/** Accounts that a run reached later, each with those that it was planned with. */
const reached = (run = 'aaaa') =>
  town
    .entries(run, 'run.reached')
    .map(({ cloud, account, plan }) => [
      `${cloud}:${account}`,
      plan.callers.map(caller => `${caller.cloud}:${caller.account}`),
    ])

describe('an account that was not reached', () => {
  let moor: ToyCloud
  beforeEach(() => {
    toy.add('front')
    moor = cloudOf('fog', 'moor', 'gate')
  })
  const begun = async (places = unreached('fog:moor'), book = stop()) =>
    await town.contain(world([toy.session()], { unreached: places }), 'aaaa', book)

  it('is not contained by a resume where others approved the run without it', async () => {
    await begun()
    const book = { ...stop(), approvals: { contain: 1 } }
    const resuming = town.resume(world([toy.session(), moor.session()]), 'aaaa', book)
    await expect(resuming).rejects.toMatchObject({ code: 'refused', where: 'fog moor' })
    expect(isCut(moor, 'gate')).toBe(false)
    expect(isCut(toy, 'front')).toBe(true)
  })

  it('is contained once it is reached, though an account of another cloud is not', async () => {
    await begun(unreached('fog:moor', 'toy:moor'))
    const state = await town.resume(
      world([toy.session(), moor.session()], { unreached: unreached('toy:moor') }),
      'aaaa',
      stop(),
    )
    expect(isCut(moor, 'gate')).toBe(true)
    expect(reached()).toEqual([['fog:moor', ['fog:moor']]])
    expect(state.unreached).toEqual(unreached('toy:moor'))
    expect(state.finished).toBe('incomplete')
  })

  it('is that of its cloud: an account of the same name in another cloud is not planned again', async () => {
    const twin = cloudOf('toy', 'moor', 'twin')
    await town.contain(world([twin.session()], { unreached: unreached('fog:moor') }), 'aaaa', stop())
    await town.resume(world([twin.session(), moor.session()]), 'aaaa', stop())
    expect(reached()).toEqual([['fog:moor', ['fog:moor']]])
    expect(town.entries('aaaa', 'run.reached')[0]?.plan.counts).toMatchObject({ listed: 1, principals: 1 })
  })

  it('is planned once, although it was neither reached nor listed whole', async () => {
    const gap = { cloud: 'fog', account: 'moor' }
    await begun()
    const [start] = town.entries('aaaa', 'run.started')
    if (start) start.plan.unlisted = [{ ...gap, kinds: ['gate'], because: 'denied' }]
    await town.resume(world([toy.session(), moor.session()]), 'aaaa', stop())
    expect(reached()).toEqual([['fog:moor', ['fog:moor']]])
  })

  it('is any account that the run has not planned for when nobody knew its name', async () => {
    const [fen, marsh] = [cloudOf('fog', 'fen', 'gate'), cloudOf('fog', 'marsh', 'gate')]
    const places = unreached('fog:organization', 'fog:marsh')
    await town.contain(world([toy.session(), fen.session()], { unreached: places }), 'aaaa', stop())
    const sessions = [toy, fen, moor, marsh].map(each => each.session())
    const state = await town.resume(world(sessions), 'aaaa', stop())
    expect(state.finished).toBe('complete')
    expect(reached()).toEqual([
      ['fog:organization', ['fog:moor']],
      ['fog:marsh', ['fog:marsh']],
    ])
  })

  it('stays unreached when its cloud fails again, and the others are reached', async () => {
    const marsh = cloudOf('fog', 'marsh', 'gate')
    await begun(unreached('fog:moor', 'fog:marsh'))
    const broken: Session = {
      ...moor.session(),
      // biome-ignore lint/correctness/useYield: it fails before there is anything
      async *inventory() {
        throw DOWN
      },
    }
    const state = await town.resume(world([toy.session(), broken, marsh.session()]), 'aaaa', stop())
    expect(state.unreached).toEqual(unreached('fog:moor'))
    expect([state.finished, isCut(marsh, 'gate')]).toEqual(['incomplete', true])
  })

  it('has nothing done to it that could not be put back, unless the run accepted that', async () => {
    const lost = interruption('gate', 'disable', {
      id: 'fog.gate.disable',
      cut: ({ open: _, ...rest }) => rest,
      oneWay: async () => 'we may not open gates',
    })
    const providers = new Map([
      ['toy', provider],
      ['fog', { ...fog, interruptions: withInterruptions(lost).interruptions.slice(-1) }],
    ])
    await begun()
    const state = await town.resume(world([toy.session(), moor.session()], { providers }), 'aaaa', stop())
    expect(state.plan.refused).toMatchObject([{ interruption: 'fog.gate.disable' }])
    expect(moor.writes).toEqual([])
  })

  it('stops the resume when we must not act there', async () => {
    await begun()
    const refusing = {
      ...moor.session(),
      warnings: [{ message: 'this is the root user', refuse: true as const }],
    }
    await expect(town.resume(world([toy.session(), refusing]), 'aaaa', stop())).rejects.toMatchObject({
      code: 'refused',
      message: 'this is the root user',
    })
    expect(isCut(moor, 'gate')).toBe(false)
  })
})

describe('the limit of a run', () => {
  const first = 'identity.name in ["a", "b"]'
  const limit = (identities: number, share: number) => ({ limit: { identities, share } })
  /** A run over `a` and `b`, of so many doors, that reaches `c` and `d` later, of so many gates. */
  async function later(doors: string[], gates: string[], select: string, limits: Partial<Playbook>) {
    for (const name of doors) toy.add(name)
    const moor = cloudOf('fog', 'moor', ...gates)
    const places = unreached('fog:moor')
    const book = playbook(['disable'], first, { ...stop(), steps: stop().steps, ...limits })
    const of = (by: string) => ({ ...book, steps: book.steps.map(step => ({ ...step, select: by })) })
    await town.contain(world([toy.session()], { unreached: places }), 'aaaa', of(first))
    return { moor, resume: () => town.resume(world([toy.session(), moor.session()]), 'aaaa', of(select)) }
  }

  it('is met by an account whose own share is greater', async () => {
    const doors = ['a', 'b', 'x', 'y']
    const { moor, resume } = await later(doors, ['c', 'd'], 'identity.name in ["c", "d"]', limit(9, 0.7))
    expect((await resume()).finished).toBe('complete')
    expect(isCut(moor, 'c')).toBe(true)
  })

  it('is exceeded by the share of all principals, to the last of them', async () => {
    toy.onWrite = () => {
      throw DOWN
    }
    const { moor, resume } = await later(['a', 'b', 'x', 'y'], ['c'], 'identity.name == "c"', limit(9, 0.5))
    toy.onWrite = () => undefined
    await expect(resume()).rejects.toMatchObject({ code: 'limit', where: 'limit.share' })
    expect(isCut(moor, 'c')).toBe(false)
    // The rest of the run is resumed all the same, before that is thrown.
    expect(isCut(toy, 'a')).toBe(true)
    expect(town.entries('aaaa').at(-1)?.type).toBe('run.finished')
  })

  it('counts what an older run does not say as none', async () => {
    const { resume } = await later(['a', 'x'], ['c', 'd'], 'identity.name == "c"', limit(9, 0.7))
    const [start] = town.entries('aaaa', 'run.started')
    if (start) delete start.plan.counts.principals
    await expect(resume()).rejects.toMatchObject({ code: 'limit', where: 'limit.share' })
  })

  it('is not looked at when no account was reached later', async () => {
    for (const name of ['a', 'b']) toy.add(name)
    toy.onWrite = () => {
      throw DOWN
    }
    await town.contain(ours(), 'aaaa', stop())
    toy.onWrite = () => undefined
    const state = await town.resume(ours(), 'aaaa', stop(limit(1, 0.1)))
    expect(state.finished).toBe('complete')
  })
})

describe('an account that was not listed whole', () => {
  it('is planned again, and only what the run does not have is added', async () => {
    toy.add('front')
    const moor = cloudOf('fog', 'moor', 'gate', 'boss', 'glass', 'torn', 'rent')
    const glass = moor.doors.get('glass')
    if (glass) glass.tags = { 'interdict:protected': 'true' }
    const tear = (name: string, torn: boolean) => {
      const door = moor.doors.get(name)
      if (door) door.settings = { ...door.settings, torn }
    }
    for (const name of ['torn', 'rent']) tear(name, true)
    const note = interruption('gate', 'detach', {
      id: 'fog.gate.note',
      cut: facet => ({ ...facet, note: 'x' }),
      refuse: facet => (facet['torn'] === true ? 'it is torn' : undefined),
    })
    const book = { ...stop(), steps: stop().steps }
    const steps = [
      ...book.steps,
      {
        name: 'note',
        select: 'identity.kind == "gate"',
        interrupt: [{ use: 'fog.gate.note', params: {} }],
      },
    ]
    const providers = new Map([
      ['toy', provider],
      [
        'fog',
        {
          ...fog,
          interruptions: [...fog.interruptions, ...withInterruptions(note).interruptions.slice(-1)],
        },
      ],
    ])
    const part: Session = {
      ...moor.session(),
      warnings: [{ message: 'denied', refuse: false, missing: ['gate'] }],
    }
    const of = { ...book, steps }
    await town.contain(world([toy.session(), part], { providers }), 'aaaa', of)
    expect(town.state('aaaa').plan.unlisted).toEqual([
      { cloud: 'fog', account: 'moor', kinds: ['gate'], because: 'denied' },
    ])
    for (const name of ['late', 'mine', 'worn']) moor.add(name)
    tear('worn', true)
    tear('torn', false)
    moor.add('key', { open: true }, 'gate')
    await town.resume(world([toy.session(), moor.session()], { providers }), 'aaaa', {
      ...of,
      steps: steps.map((step, at) =>
        at === 0 ? { ...step, select: `${step.select} || identity.kind == "token"` } : step,
      ),
    })
    const [{ plan } = { plan: undefined }] = town.entries('aaaa', 'run.reached')
    const names = (all: readonly { identity: { name: string } }[] = []) =>
      all.map(({ identity }) => identity.name).sort()
    expect(plan?.callers).toEqual([])
    // `torn` was in the run already: it is one more change, and not one more identity.
    expect([...new Set(names(plan?.changes))]).toEqual(['key', 'late', 'torn', 'worn'])
    expect(names(plan?.spared)).toEqual(['mine'])
    expect(names(plan?.refused)).toEqual(['worn'])
    expect(plan?.counts).toMatchObject({ listed: 3, touched: 3 })
  })
})

describe('an identity that the house protects since the plan was made', () => {
  const AT = { file: 'interdict.yaml', line: 3, column: 5 }
  const housed = (when: string) => ({
    ...playbook(['disable']),
    house: { protect: [{ when, because: 'month-end', at: AT }], ceilings: {} },
  })

  it('is left as it is by a resumed run, which stays incomplete and says why', async () => {
    toy.add('front')
    toy.add('glass')
    // Only the start of the run is on disk: nothing was begun.
    town.dies = 1
    await expect(town.contain(ours(), 'aaaa', playbook(['disable']))).rejects.toMatchObject({
      code: 'journal',
    })
    town.dies = Number.POSITIVE_INFINITY
    const state = await town.resume(ours(), 'aaaa', housed('identity.name == "glass"'))
    expect([isCut(toy, 'front'), isCut(toy, 'glass')]).toEqual([true, false])
    expect(state.finished).toBe('incomplete')
    expect(town.changes('aaaa', 'glass')).toEqual([
      expect.objectContaining({ phase: 'refused', because: 'protected: month-end (interdict.yaml:3:5)' }),
    ])
  })

  it('stays contained where the run has written already', async () => {
    toy.add('glass')
    await town.contain(ours(), 'aaaa', playbook(['disable']))
    const state = await town.resume(ours(), 'aaaa', housed('identity.name == "glass"'))
    expect(isCut(toy, 'glass')).toBe(true)
    expect(state.finished).toBe('complete')
  })

  it('is contained all the same where a person included it in the plan', async () => {
    toy.add('glass')
    const book = housed('identity.name == "glass"')
    town.dies = 1
    await expect(town.contain(ours(), 'aaaa', book, { includeProtected: ['glass'] })).rejects.toMatchObject({
      code: 'journal',
    })
    town.dies = Number.POSITIVE_INFINITY
    await town.resume(ours(), 'aaaa', book)
    expect(isCut(toy, 'glass')).toBe(true)
  })
})
