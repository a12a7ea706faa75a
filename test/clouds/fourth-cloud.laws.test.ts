import { recordReader } from '../../src/clouds/index.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { type LensExamples, lensLaws } from '../contract/lens-laws.ts'
import { contractSuite, type Range, type Subject } from '../contract/suite.ts'
import { formatLaws } from '../signals/format-laws.ts'
import { toyCloud } from './toy/cloud.ts'
import { formats } from './toy/formats/index.ts'
import { interruptions } from './toy/interruptions/index.ts'
import { Town } from './toy/town.ts'

/** The laws that hold every cloud's lenses and formats hold those of a cloud without a lab, over a range of its own. */
async function openToy(prepare: (town: Town) => void = () => undefined): Promise<Range> {
  const town = new Town()
  prepare(town)
  const provider = await toyCloud(town).load()
  const { sessions } = await provider.connect({ scope: {}, timing: REAL })
  const [session] = sessions
  if (session === undefined) throw new Error('the toy has no session')
  const isWrite = (call: string) => call === 'badges.set'
  const taken = () => town.calls.splice(0)
  return {
    session: session as Session,
    snapshot: () => [...town.badges],
    operations: () => [...new Set(taken())],
    writes: () => taken().filter(isWrite),
    trace: () => taken().filter(isWrite),
    now: () => new Date().toISOString(),
    close: () => session.close(),
  }
}

const lenses = interruptions as unknown as readonly Interruption[]
const subjects: Subject[] = lenses.map(interruption => ({ interruption, names: ['mara'] }))

const badge: LensExamples<Town> = {
  refuse: { notApplicable: 'a badge can always be switched on again' },
  contained: { name: 'odo', prepare: town => void town.badges.set('odo', false) },
  order: { notApplicable: 'it is one call, and there is nothing beside it to come first' },
  oneWay: { notApplicable: 'the right to switch off is the right to switch on' },
  drift: { notApplicable: 'the switch is on or off, with no third value that somebody could set' },
  escalation: { notApplicable: 'it switches something, which needs no room' },
  horizon: { notApplicable: 'no session was issued that would work again' },
  incomplete: { notApplicable: 'the write carries no version of the reading' },
}

contractSuite('toy', openToy, subjects)

lensLaws<Town>({
  cloud: 'toy',
  interruptions: lenses,
  subjects,
  open: openToy,
  examples: { 'toy.badge.disable': badge },
})

const reader = await recordReader([toyCloud(new Town())])

formatLaws({
  read: record => reader.signalsOf(record),
  formats,
  examples: { 'door-log': [{ door: 'vault', badge: 'mara', at: '2026-11-23T10:00:00Z', let: false }] },
})
