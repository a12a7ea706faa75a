import { describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import type { Entry } from '../../src/model/entry.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { eachTown } from './each-town.ts'
import type { Town } from './town.ts'
import { interruption, playbook, ToyCloud } from './toy-cloud.ts'
import { evictFrom, Register, withInterruptions } from './toy-register.ts'

const NAMES = Array.from({ length: 50 }, (_, at) => `door${String(at).padStart(2, '0')}`)
const EVICT = 'toy.door.evict'

let town: Town
let cloud: ToyCloud
let register: Register
let log: string[]
eachTown((opened, empty) => {
  town = opened
  cloud = empty
  register = new Register()
  log = []
  for (const name of NAMES) {
    cloud.add(name)
    register.rights[name] = 'owner'
  }
})

function world(more: Partial<World> = {}): World {
  return cloud.world({
    providers: new Map([['toy', withInterruptions(evictFrom(register))]]),
    listen: event => {
      if (event.type === 'entry') log.push(text(event.entry))
    },
    ...more,
  })
}

function text(entry: Entry): string {
  return 'key' in entry ? `${entry.type} ${entry.key}` : entry.type
}

const writes = () => register.requests.filter(each => each.startsWith('write'))
const phases = (state: RunState) => [...new Set([...state.changes.values()].map(({ phase }) => phase))]

describe('a wave', () => {
  it('writes the policy once when fifty members are detached from it, and once when they are put back', async () => {
    const before = { ...register.rights }
    register.onWrite = names => {
      log.push(`request for ${names.length}`)
      return undefined
    }
    const state = await town.contain(world(), 'aaaa', playbook([EVICT]))
    expect(state.finished).toBe('complete')
    expect(register.rights).toEqual({})
    expect(writes()).toEqual([`write ${NAMES.join(' ')}`])
    // Every intention is on disk before the request.
    const at = log.indexOf('request for 50')
    expect(log.filter((each, index) => index < at && each.startsWith('change.intended'))).toHaveLength(50)
    expect(log.filter((each, index) => index > at && each.startsWith('change.written'))).toHaveLength(50)
    // Reads are merged too: some for the plan, one before the write, one to verify it.
    const reads = register.requests.slice(register.requests.indexOf('read')).filter(each => each === 'read')
    expect(reads.length).toBeLessThan(12)

    const restored = await town.restore(world(), 'aaaa')
    expect(restored.restore?.finished).toBe('complete')
    expect(register.rights).toEqual(before)
    expect(writes()).toHaveLength(2)
  })

  it('comes after the lower verbs of all identities and before the higher ones; a restore runs the other way', async () => {
    const later = interruption('door', 'detach', {
      id: 'toy.door.later',
      cut: ({ open: _, ...rest }) => rest,
    })
    const gate = evictFrom(register, { verbs: ['gate'] })
    const providers = new Map([['toy', withInterruptions(gate, later)]])
    const order: string[] = []
    cloud.onWrite = entry => {
      order.push(entry === 'open' ? 'open' : 'bolt')
      return undefined
    }
    register.onWrite = () => {
      order.push('register')
      return undefined
    }
    const steps = playbook(['toy.door.later', EVICT, 'quarantine'])
    const bursts = () => order.filter((each, at) => each !== order[at - 1])
    await town.contain(world({ providers }), 'aaaa', steps)
    expect(bursts()).toEqual(['bolt', 'register', 'open'])
    order.length = 0
    await town.restore(world({ providers }), 'aaaa')
    expect(bursts()).toEqual(['open', 'register', 'bolt'])
    expect(writes()).toHaveLength(2)
  })

  it('gives each change its own outcome, ladder and check of the reply', async () => {
    const [gone = '', changed = '', full = ''] = NAMES
    register.full.add(full)
    let lies = 0
    // Applied, then 503.
    register.onWrite = () => (lies++ === 0 ? new Fault('unavailable', '503') : undefined)
    let once = true
    const before = { ...register.rights }
    const bar = evictFrom(register, {
      cut: (facet, { exhausted }) =>
        withEntries(facet, [['right', exhausted.includes('right') ? undefined : 'barred']]),
    })
    const providers = new Map([['toy', withInterruptions(bar)]])
    const disturbed = world({
      providers,
      listen: event => {
        if (event.type !== 'entry' || !once) return
        once = false
        cloud.doors.delete(gone)
        register.rights[changed] = 'reader'
      },
    })
    const state = await town.contain(disturbed, 'aaaa', playbook([EVICT]))
    const of = (name: string) => [...state.changes.values()].find(({ identity }) => identity.name === name)
    expect(of(gone)?.phase).toBe('gone')
    expect(of(changed)?.fault?.code).toBe('stale-plan')
    expect(of(full)?.phase).toBe('written')
    expect(state.finished).toBe('incomplete')
    expect(register.rights[changed]).toBe('reader')
    expect(full in register.rights).toBe(false)
    expect(Object.values(register.rights).filter(right => right === 'barred')).toHaveLength(47)
    expect(writes().map(each => each.split(' ').length - 1)).toEqual([47, 1])
    await town.restore(world({ providers }), 'aaaa')
    expect(register.rights).toEqual({ ...before, [changed]: 'reader' })
    expect(writes()).toHaveLength(3)
  })

  it('writes what is recorded when a Ctrl-C comes between the two, and resume does the rest in one more', async () => {
    const stop = new AbortController()
    const first = world({
      signal: stop.signal,
      listen: event => {
        if (event.type === 'entry' && event.entry.type === 'change.intended') stop.abort()
      },
    })
    const state = await town.contain(first, 'aaaa', playbook(['quarantine', EVICT]))
    expect(state.finished).toBe('interrupted')
    expect(phases(state)).not.toContain('intended')

    const again = await town.resume(world(), 'aaaa', playbook(['quarantine', EVICT]))
    expect(again.finished).toBe('complete')
    expect(register.rights).toEqual({})
    expect(writes()).toHaveLength(1)
  })

  it('is finished by resume after a crash between the intentions and the write', async () => {
    const before = { ...register.rights }
    let crash = true
    register.onWrite = () => {
      if (crash) throw new Error('the process died here')
      return undefined
    }
    await expect(town.contain(world(), 'aaaa', playbook([EVICT]))).rejects.toMatchObject({ code: 'bug' })
    expect(register.rights).toEqual(before)
    crash = false
    const state = await town.resume(world(), 'aaaa', playbook([EVICT]))
    expect(state.finished).toBe('complete')
    expect(register.rights).toEqual({})
    expect(writes()).toHaveLength(2)
    await town.restore(world(), 'aaaa')
    expect(register.rights).toEqual(before)
    expect(writes()).toHaveLength(3)
  })

  it('can die after any entry of the journal: resume finishes it, and the restore puts all back', async () => {
    let died = 0
    for (let entries = 1; ; entries++) {
      const run = `run${entries}`
      cloud = new ToyCloud()
      register = new Register()
      for (const name of NAMES.slice(0, 3)) {
        cloud.add(name)
        register.rights[name] = 'owner'
      }
      const before = { ...register.rights }
      const seed = cloud.snapshot()
      const steps = playbook(['quarantine', EVICT])
      const whole = await town.containUntil(world(), run, steps, entries).catch(() => undefined)
      if (!whole) {
        died++
        const rest = await town.resume(world(), run, steps)
        expect(rest.finished).toBe('complete')
      }
      expect(register.rights).toEqual({})
      const restored = await town.restore(world(), run)
      expect(restored.restore?.finished).toBe('complete')
      expect([register.rights, cloud.snapshot()]).toEqual([before, seed])
      if (whole) break
    }
    expect(died).toBeGreaterThan(15)
  })

  it('steps down as one', async () => {
    const stepping = evictFrom(register, {
      horizon: () => 3600,
      stepDown: (facet, { now }) => withEntries(facet, [['right', `from ${now.slice(0, 10)}`]]),
    })
    const told = world({ providers: new Map([['toy', withInterruptions(stepping)]]) })
    const before = { ...register.rights }
    await town.contain(told, 'aaaa', playbook([EVICT]))
    await town.restore(told, 'aaaa', { acceptLiveTokens: false, stepDown: true })
    expect(new Set(Object.values(register.rights))).toEqual(new Set(['from 2026-11-23']))
    expect(writes()).toHaveLength(2)
    cloud.now += 3_601_000
    await town.restore(told, 'aaaa', { acceptLiveTokens: false })
    expect(register.rights).toEqual(before)
    expect(writes()).toHaveLength(3)
  })

  it('stacks over runs', async () => {
    const before = { ...register.rights }
    await town.contain(world(), 'aaaa', playbook([EVICT]))
    const second = await town.contain(world(), 'bbbb', playbook([EVICT]))
    expect(second.finished).toBe('complete')
    await town.restore(world(), 'aaaa')
    expect(register.rights).toEqual({})
    await town.restore(world(), 'bbbb')
    expect(register.rights).toEqual(before)
    expect(writes()).toHaveLength(2)
  })
})
