import { beforeEach, describe, expect, it } from 'vitest'
import { carryOut, type Decider, type Intended } from '../../src/engine/carry-out.ts'
import type { Unwritten } from '../../src/engine/write-settings.ts'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import type { ChangeState } from '../../src/model/run/state.ts'
import { plannedChange } from '../model/run/journal-entries.ts'
import { interruption } from './toy-cloud.ts'

/** The steps in their order: `turn` for each write that took a turn of the event loop. */
let log: string[]
/** Faults that a stage of a change fails with, as `stage name`. */
let faults: { [at: string]: FaultCode }
/** Changes that end when they are decided on, and changes that have nothing to write. */
let ended: Set<string>
let unchanged: Set<string>
/** Changes that are tried once more in another way. */
let again: Set<string>
/** Called when a stage is done. */
let on: (at: string) => void

beforeEach(() => {
  log = []
  faults = {}
  ended = new Set()
  unchanged = new Set()
  again = new Set()
  on = () => undefined
})

const turn = () => new Promise(setImmediate)

/** Logs a stage when it begins and when it is over, a turn later. */
async function stage(what: string, change: ChangeState): Promise<void> {
  const at = `${what} ${change.identity.name}`
  log.push(at)
  await turn()
  const code = faults[at]
  if (code) throw new Fault(code, at)
  log.push(`${at}: done`)
  on(at)
}

const lens = interruption('door', 'disable', {
  cut: facet => facet,
  async write(_, __, to, { identity }) {
    log.push(`write ${identity.name}`)
    await turn()
    log.push('turn')
    if (to['open'] === 'refused') throw new Fault('denied', 'no')
  },
})

interface Step {
  change: ChangeState
}

function decider(verifies = true): Decider<Step, Intended> {
  return {
    async intend({ change }) {
      await stage('intend', change)
      const { name } = change.identity
      if (ended.has(name)) return undefined
      const to = { open: again.has(name) ? 'refused' : 'shut' }
      const entries = unchanged.has(name) ? [] : [{ entry: 'open', to: to.open }]
      const context = { run: 'aaaa', now: '', identity: change.identity, params: {}, exhausted: [] }
      const target = { interruption: { ...lens, read: async () => undefined }, client: undefined, context }
      return { change, target, settings: { from: { open: true }, to, entries } }
    },
    async wrote({ change }, unwritten: readonly Unwritten[]) {
      await stage('wrote', change)
      if (unwritten.length > 0) log.push(`${change.identity.name} was refused`)
      return again.delete(change.identity.name) ? { change } : undefined
    },
    async failed(change, { code }) {
      await stage('failed', change)
      log.push(`${change.identity.name} failed: ${code}`)
    },
    ...(verifies ? { verify: async ({ change }: Intended) => await stage('verify', change) } : {}),
  }
}

async function carried(names: readonly string[], signal?: AbortSignal, verifies = true): Promise<void> {
  const steps = names.map((name): Step => {
    const planned = plannedChange(name)
    const { key, identity } = planned
    const none = { held: [], set: false, denied: null, drift: [], undone: [], left: [], restored: [] }
    return { change: { key, identity, planned, phase: 'planned', ...none } }
  })
  await carryOut(signal ? { signal } : {}, decider(verifies), steps, task => task())
}

const seen = (...what: string[]) => log.filter(each => what.some(one => each.startsWith(one)))

describe('carrying changes out', () => {
  it('records the intentions of all before the first write, begins all writes in one turn, and verifies last', async () => {
    await carried(['a', 'b'])
    expect(log).toEqual([
      'intend a',
      'intend b',
      'intend a: done',
      'intend b: done',
      'write a',
      'write b',
      'turn',
      'wrote a',
      'turn',
      'wrote b',
      'wrote a: done',
      'wrote b: done',
      'verify a',
      'verify b',
      'verify a: done',
      'verify b: done',
    ])
  })

  it('verifies nothing when a guard looks at it afterwards', async () => {
    await carried(['a'], undefined, false)
    expect(log.at(-1)).toBe('wrote a: done')
  })

  it('writes nothing of a change that ends when it is decided on', async () => {
    ended.add('a')
    await carried(['a', 'b'])
    expect(seen('write', 'verify b')).toEqual(['write b', 'verify b', 'verify b: done'])
    expect(seen('wrote a', 'verify a')).toEqual([])
  })

  it('makes no call for a change that has nothing to write, and verifies it', async () => {
    unchanged.add('a')
    await carried(['a'])
    expect(seen('write', 'wrote', 'verify')).toEqual([
      'wrote a',
      'wrote a: done',
      'verify a',
      'verify a: done',
    ])
  })

  it('tries a change in another way after what was written is verified, and records it first', async () => {
    again.add('a')
    await carried(['a', 'b'])
    expect(seen('a was refused', 'intend a', 'write a', 'verify')).toEqual([
      'intend a',
      'intend a: done',
      'write a',
      'a was refused',
      'verify a',
      'verify b',
      'verify a: done',
      'verify b: done',
      'intend a',
      'intend a: done',
      'write a',
      'verify a',
      'verify a: done',
    ])
  })
})

describe('a fault of one change', () => {
  it.each(['intend', 'wrote'])('is recorded when it comes to %s, and stops no other change', async at => {
    faults[`${at} a`] = 'denied'
    await carried(['a', 'b'])
    expect(log).toContain('a failed: denied')
    expect(seen('verify')).toEqual(['verify b', 'verify b: done'])
  })

  it('is recorded before the changes count as carried out', async () => {
    faults['wrote a'] = 'denied'
    await carried(['a'])
    expect(log.at(-1)).toBe('a failed: denied')
  })

  it.each(['journal', 'bug'] as const)(
    'stops the run when it is %s, and is not recorded; what is in hand is written first',
    async code => {
      faults['wrote a'] = code
      await expect(carried(['a', 'b'])).rejects.toMatchObject({ code })
      expect(seen('failed', 'wrote b', 'verify')).toEqual(['wrote b', 'wrote b: done'])
    },
  )

  it('stops the run before the first write when an intention cannot be recorded', async () => {
    faults['intend b'] = 'journal'
    await expect(carried(['a', 'b'])).rejects.toMatchObject({ code: 'journal' })
    expect(seen('write', 'failed')).toEqual([])
  })
})

describe('a Ctrl-C', () => {
  it('keeps a change from being begun, and is thrown', async () => {
    const stop = new AbortController()
    stop.abort()
    await expect(carried(['a'], stop.signal)).rejects.toMatchObject({ code: 'interrupted' })
    expect(log).toEqual([])
  })

  it('that keeps one change from being decided on is thrown after the others are written and verified', async () => {
    faults['intend a'] = 'interrupted'
    await expect(carried(['a', 'b'])).rejects.toMatchObject({ code: 'interrupted' })
    expect(seen('write', 'verify', 'failed')).toEqual(['write b', 'verify b', 'verify b: done'])
  })

  it('that comes after the intentions keeps nothing from being finished', async () => {
    const stop = new AbortController()
    on = at => {
      if (at === 'intend a') stop.abort()
    }
    again.add('a')
    await carried(['a', 'b'], stop.signal)
    expect(seen('write')).toEqual(['write a', 'write b', 'write a'])
  })
})
